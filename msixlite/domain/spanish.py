"""Spanish for families: what the elements, values and words of a letter are called. The registry itself is English."""

from datetime import date

SECTIONS = {
    "student": "Datos del estudiante",
    "move": "Mudanzas",
    "enrollment": "Inscripciones",
    "assessment": "Exámenes",
    "course": "Cursos",
}
ELEMENTS = {
    "state_student_id": "Número del estudiante en el estado",
    "id_type": "Tipo de número del estudiante",
    "first_name": "Nombre",
    "middle_name": "Segundo nombre",
    "last_name_1": "Primer apellido",
    "last_name_2": "Segundo apellido",
    "suffix": "Sufijo del nombre",
    "sex": "Sexo",
    "birth_date": "Fecha de nacimiento",
    "multiple_birth": "Parto múltiple (gemelos)",
    "birth_city": "Ciudad de nacimiento",
    "birth_state": "Estado de nacimiento",
    "birth_country": "País de nacimiento",
    "birth_date_verification": "Comprobante de la fecha de nacimiento",
    "male_parent_first_name": "Nombre del padre",
    "male_parent_last_name": "Apellido del padre",
    "female_parent_first_name": "Nombre de la madre",
    "female_parent_last_name": "Apellido de la madre",
    "arrival_date": "Fecha de llegada que da derecho al programa",
    "from_city": "Ciudad de donde se mudó",
    "from_state": "Estado de donde se mudó",
    "from_country": "País de donde se mudó",
    "to_city": "Ciudad a la que se mudó",
    "to_state": "Estado al que se mudó",
    "eligibility_end": "Fecha en que termina el derecho al programa",
    "school_name": "Escuela o proyecto",
    "school_code": "Código de la escuela",
    "facility_name": "Nombre del lugar",
    "facility_address_1": "Dirección del lugar, línea 1",
    "facility_address_2": "Dirección del lugar, línea 2",
    "facility_address_3": "Dirección del lugar, línea 3",
    "facility_city": "Ciudad del lugar",
    "facility_state": "Estado del lugar",
    "facility_zip": "Código postal del lugar",
    "telephone": "Teléfono",
    "district_name": "Distrito escolar",
    "district_code": "Código del distrito escolar",
    "enrollment_date": "Fecha de inscripción",
    "enrollment_type": "Tipo de inscripción",
    "withdrawal_date": "Fecha de baja",
    "grade_level": "Grado escolar",
    "lep": "Estudiante de inglés",
    "pfs": "Prioridad para recibir servicios",
    "idea": "Educación especial (IDEA)",
    "med_alert": "Alerta médica",
    "immunization": "Registro de vacunas",
    "title": "Título",
    "content": "Materia del examen",
    "assessment_type": "Tipo de examen",
    "administered_on": "Fecha del examen",
    "reporting_state": "Estado que informa el examen",
    "score": "Resultado",
    "interpretation": "Significado del resultado",
    "subject": "Materia",
    "course_type": "Tipo de curso",
    "academic_year": "Año escolar",
    "section": "Parte del curso",
    "term_type": "Tipo de periodo escolar",
    "clock_hours": "Horas de clase",
    "grade_to_date": "Calificación hasta la fecha",
    "credits": "Créditos otorgados",
    "final_grade": "Calificación final",
    "graduation_school_code": "Escuela de graduación",
    "graduation": "Graduación o equivalencia",
    "out_of_state_transcript": "Expediente de otro estado",
    "algebra_1": "Álgebra 1",
    "home_school": "Escuela en casa",
    "residency_date": "Fecha de residencia",
    "comment": "Comentario sobre la inscripción",
}
"""Element key → its name."""
VALUES = {
    "Yes": "Sí",
    "No": "No",
    "Female": "Femenino",
    "Male": "Masculino",
    "Chronic": "Crónica",
    "Acute": "Aguda",
    "None": "Ninguna",
    "": "no informado",
}
_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


def value(words: str) -> str:
    """A value in words; a name, a date or a number stays as it is."""
    return VALUES.get(words, words)


def long_date(day: date) -> str:
    """25 de noviembre de 2026."""
    return f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}"
