"""The wording of letters to families that a State starts from, in English and Spanish."""

from dataclasses import dataclass

from msixlite.models.corrections import Language


@dataclass(frozen=True)
class Wording:
    """Subject and body of one letter, with fields in braces; an empty line parts paragraphs."""

    subject: str
    body: str


_EN, _ES = Language.ENGLISH, Language.SPANISH
DEFAULTS: dict[tuple[str, Language], Wording] = {
    ("acknowledgement", _EN): Wording(
        "Your request to correct information about {child}",
        """Dear {requester}:

We received your request on {received}. Its number is {reference}. This is what you asked us to correct:

{elements}

We will look into it and send you our decision in writing by {due}, which is 30 days after we received your request. You do not need to do anything more now. If you have papers that show what is right, such as a birth certificate or a report card, you may send us a copy.

Federal rules give you the right to ask for corrections (34 CFR 200.85(e)). Asking costs nothing and has no effect on the services your child receives.

If you have questions, call {office} at {phone} and give the number {reference}.

Sincerely,

{office}
""",
    ),
    ("acknowledgement", _ES): Wording(
        "Su solicitud para corregir información sobre {child}",
        """Estimado(a) {requester}:

Recibimos su solicitud el {received}. Su número es {reference}. Esto es lo que usted nos pidió corregir:

{elements}

Vamos a revisarla y le enviaremos nuestra decisión por escrito a más tardar el {due}, es decir, 30 días después de haberla recibido. Por ahora usted no tiene que hacer nada más. Si tiene documentos que muestren el dato correcto, como un acta de nacimiento o una boleta de calificaciones, puede enviarnos una copia.

Las reglas federales le dan el derecho de pedir correcciones (34 CFR 200.85(e)). Pedirlas no cuesta nada y no afecta los servicios que recibe su hijo o hija.

Si tiene preguntas, llame a {office} al {phone} y dé el número {reference}.

Atentamente,

{office}
""",
    ),
    ("forwarded", _EN): Wording(
        "Your request about {child} was sent to another State",
        """Dear {requester}:

You asked us on {received} to correct information about {child}. The number of your request is {reference}. Some of this information came from another State, and only that State can change it:

{elements}

We sent your request to that State. It must answer you as if you had asked it directly, within 30 days:

{other_states}

You do not need to ask again. If you have questions, call {office} at {phone} and give the number {reference}.

Sincerely,

{office}
""",
    ),
    ("forwarded", _ES): Wording(
        "Su solicitud sobre {child} fue enviada a otro estado",
        """Estimado(a) {requester}:

El {received} usted nos pidió corregir información sobre {child}. El número de su solicitud es {reference}. Parte de esta información viene de otro estado, y solamente ese estado la puede cambiar:

{elements}

Enviamos su solicitud a ese estado. Debe contestarle como si usted se la hubiera pedido directamente, dentro de 30 días:

{other_states}

Usted no tiene que pedirlo otra vez. Si tiene preguntas, llame a {office} al {phone} y dé el número {reference}.

Atentamente,

{office}
""",
    ),
    ("decision", _EN): Wording(
        "Our decision on your request about {child}",
        """Dear {requester}:

You asked us on {received} to correct information about {child}. The number of your request is {reference}. We looked into it and decided that {decision}:

{elements}

Our reasons: {reasons}

If you do not agree, you may send a written statement that says why. It will be kept with the record and shown to everybody who reads it. Call {office} at {phone}, and we will tell you how.

Sincerely,

{office}
""",
    ),
    ("decision", _ES): Wording(
        "Nuestra decisión sobre su solicitud acerca de {child}",
        """Estimado(a) {requester}:

El {received} usted nos pidió corregir información sobre {child}. El número de su solicitud es {reference}. La revisamos y decidimos que {decision}:

{elements}

Nuestras razones: {reasons}

Si no está de acuerdo, usted puede enviar una declaración por escrito que diga por qué. Se guardará con el expediente y la verán todas las personas que lo lean. Llame a {office} al {phone} y le diremos cómo hacerlo.

Atentamente,

{office}
""",
    ),
    ("notification", _EN): Wording(
        "Your request about {child} is finished",
        """Dear {requester}:

This letter tells you how your request {reference} of {received} ended. We decided that {decision}:

{elements}

Where information is corrected, we send it to the national exchange of migrant student records within four working days of the decision, so that your child's next school sees it.

You may ask any school or Migrant Education office to print the record for you. If something in it is still wrong, call {office} at {phone}.

Sincerely,

{office}
""",
    ),
    ("notification", _ES): Wording(
        "Su solicitud sobre {child} ha terminado",
        """Estimado(a) {requester}:

Esta carta le informa cómo terminó su solicitud {reference} del {received}. Decidimos que {decision}:

{elements}

La información corregida se envía al intercambio nacional de expedientes de estudiantes migrantes dentro de cuatro días hábiles después de la decisión, para que la próxima escuela de su hijo o hija la vea.

Usted puede pedir a cualquier escuela u oficina de Educación Migrante que le imprima el expediente. Si todavía hay algo incorrecto, llame a {office} al {phone}.

Atentamente,

{office}
""",
    ),
}
"""(Kind of letter, language) → its wording."""
