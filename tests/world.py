"""The small world of the tests: Texas and Vermont, one person of each role in each, a handful of children."""

from datetime import UTC, datetime, timedelta

from msixlite import site
from msixlite.domain import accounts, places, training, uploads
from msixlite.models.users import Role
from tests.files import child, workbook, zip_of_csv

TX_DISTRICT, TX_OTHER_DISTRICT, VT_DISTRICT = "4800001", "4800002", "5000001"
TX_SCHOOL, TX_OTHER_SCHOOL, VT_SCHOOL = "480000100001", "480000200001", "500000100001"


def build(settings, password_hash):
    """Fill a new database by the domain's own functions."""
    sessions = site.prepare(settings)
    now = datetime.now(UTC)
    with sessions() as db, db.begin():
        texas, vermont = places.get_state(db, "TX"), places.get_state(db, "VT")
        texas.contact_name, texas.contact_phone = "Texas Migrant Education Office", "(555) 555-0148"
        vermont.contact_name, vermont.contact_phone = "Vermont Migrant Education Program", "(555) 555-0150"
        tx_region = places.add_region(db, state=texas, name="Coastal Bend")
        vt_region = places.add_region(db, state=vermont, name="Northern Vermont")
        tx_district = _district(db, texas, TX_DISTRICT, "Robles ISD", tx_region, TX_SCHOOL, "Seabreeze Junior High")
        _district(db, texas, TX_OTHER_DISTRICT, "Loma Alta ISD", None, TX_OTHER_SCHOOL, "Loma Alta High School")
        vt_district = _district(db, vermont, VT_DISTRICT, "Maple Union", vt_region, VT_SCHOOL, "Maple Middle School")
        for role in Role:
            if role in accounts.NATIONAL_ROLES:
                _person(db, role.value, role, password_hash, now)
            else:
                _person(db, role.value, role, password_hash, now, texas, tx_region, tx_district)
                _person(db, f"vt_{role.value}", role, password_hash, now, vermont, vt_region, vt_district)
    _upload(sessions, settings.instance / "texas.xlsx", "TX", workbook, texas_file())
    _upload(sessions, settings.instance / "vermont.zip", "VT", zip_of_csv, vermont_file())
    sessions.kw["bind"].dispose()


def _district(db, state, code, name, region, school_code, school_name):
    district = places.add_district(db, state=state, code=code, name=name, region=region, phone="(555) 555-0110")
    places.add_school(db, district=district, code=school_code, name=school_name, phone="(555) 555-0111")
    return district


def _person(db, name, role, password_hash, now, state=None, region=None, district=None):
    earlier = now - timedelta(days=1)
    user = accounts.create(
        db,
        user_name=name,
        email=f"{name}@example.gov",
        first_name=name.split("_")[0].title(),
        last_name=role.label.replace(" ", ""),
        role=role,
        password_hash=password_hash,
        now=earlier,
        state=state,
        region=region if role in accounts.REGIONAL_ROLES else None,
        district=district if role in (Role.DISTRICT_DATA_ADMINISTRATOR, Role.MSIX_PRIMARY) else None,
    )
    attempt = accounts.begin_sign_in(db, name, now=earlier)
    _, token = accounts.finish_sign_in(db, attempt, fits=True, now=earlier)
    session = accounts.find_session(db, token, now=earlier)
    accounts.change_password(db, user, password_hash=password_hash, session=session, now=earlier)
    accounts.accept_rules(db, address="127.0.0.1", now=earlier, by=user)
    training.take_quiz(db, right_answers(role), pass_percent=80, now=earlier, by=user)
    accounts.end_session(db, session, reason="signed out", now=earlier)


def right_answers(role):
    """The quiz of the role's module, all of it right."""
    return {number: question.right for number, question in enumerate(training.module_of(role).questions, 1)}


def _upload(sessions, path, state, write, tables):
    uploads.receive_file(sessions, write(path, tables), state=state, now=datetime.now(UTC))
    path.unlink()


def _of(number, **elements):
    row = {"State Student Identifier": str(number), "State Student Identifier Type": "01"}
    return {**row, **{name.replace("_", " "): value for name, value in elements.items()}}


GRACIELA = {
    "First_Name": "Graciela",
    "Middle_Name": "Yamileth",
    "Last_Name_1": "Castañeda",
    "Last_Name_2": "Peña",
    "Birth_City": "Reynosa",
    "Birth_Country": "MEX",
    "Female_Parent_First_Name": "Ofelia",
    "Female_Parent_Last_Name": "Peña",
    "Male_Parent_First_Name": "Ramiro",
    "Male_Parent_Last_Name": "Castañeda",
}


def texas_file():
    """Graciela (known in both States), twins, a namesake."""
    twins = {"Last_Name_1": "Zavala", "Birth_Date": "20150704", "Multiple_Birth_Flag": "Y", "Sex": "Male"}
    return {
        "Students": [
            child("TX100", **GRACIELA),
            child("TX101", First_Name="Ulises", Middle_Name="Alan", **twins),
            child("TX102", First_Name="Ulises", Middle_Name="Adan", **twins),
            child("TX103", First_Name="Graciela", Last_Name_1="Castañeda", Last_Name_2="Peña", Birth_Date="20101130"),
        ],
        "Qualifying Moves": [
            _of("TX100", **{"Qualifying Arrival Date (QAD)": "20260603", "Qualifying Move To City": "Robles"})
        ],
        "Enrollments": [
            _of(
                "TX100",
                School_or_Project_Name="Seabreeze Junior High",
                School_Identification_Code=TX_SCHOOL,
                School_District="Robles ISD",
                School_District_ID=TX_DISTRICT,
                Telephone_Number="(555) 555-0111",
                Enrollment_Date="20250812",
                Withdrawal_Date="20260522",
                Enrollment_Type="01",
                Grade_Level="08",
                LEP_Indicator="Y",
                Med_Alert_Indicator="Chronic",
                Immunization_Record_Flag="Y",
            )
        ],
        "Course History": [
            _of(
                "TX100",
                Course_Title="Algebra 1",
                Subject_Area_Name="Mathematics",
                Academic_Year="2025-2026",
                Course_Section="Section A",
                Term_Type="Semester",
                Clock_Hours="67",
                School_Identification_Code=TX_SCHOOL,
                **{"Grade-to-Date": "B"},
            ),
            _of(
                "TX100",
                Course_Title="English 8",
                Subject_Area_Name="English",
                Academic_Year="2025-2026",
                Course_Section="Full Year",
                Term_Type="Full school year",
                Credits_Granted="1",
                Final_Grade="A",
                School_Identification_Code=TX_SCHOOL,
            ),
        ],
    }


def vermont_file():
    """Graciela as Vermont writes her, with another birthplace; a child only Vermont knows."""
    differs = {**GRACIELA, "Last_Name_1": "Castaneda-Pena", "Last_Name_2": "", "Birth_City": "McAllen"}
    return {
        "students": [
            child("VT200", **differs),
            child("VT201", First_Name="Thaddeus", Last_Name_1="Okonkwo", Sex="Male", Birth_Date="20090909"),
        ],
        "enrollments": [
            _of(
                "VT200",
                School_or_Project_Name="Maple Middle School",
                School_Identification_Code=VT_SCHOOL,
                School_District_ID=VT_DISTRICT,
                School_District="Maple Union",
                Enrollment_Date="20260603",
                Enrollment_Type="03",
            ),
            _of(
                "VT201", School_or_Project_Name="Maple Middle School", Enrollment_Date="20260603", Enrollment_Type="06"
            ),
        ],
    }
