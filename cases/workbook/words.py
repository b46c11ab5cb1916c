"""The words that people write in a list, folded, and what each stands for."""

from cases.models.base import TriState
from cases.models.people import Citizenship, Education, Sex
from cases.models.records import LabourDetail, LabourStatus
from roles.polish import search_text


def _folded(words: dict[str, list[str]]) -> dict[str, str]:
    return {search_text(word): code for code, several in words.items() for word in several}


#: Written, in any case, where there is nothing to write.
NOTHING = {"", "-", "–", "—", "brak", "nie dotyczy", "n/d", "nd", "n.d.", "bd", "b/d", "b.d.", "brak danych"}

SEXES = _folded(
    {
        Sex.FEMALE: ["kobieta", "k", "ż", "żeńska", "f", "female", "woman"],
        Sex.MALE: ["mężczyzna", "m", "męska", "male", "man"],
        Sex.NON_BINARY: ["niebinarna", "osoba niebinarna", "x", "non-binary"],
    }
)

#: A supporting member (a student or graduate in a mixed group) needs no criterion; the codes are those of the participant's case.
PARTICIPATIONS = _folded(
    {
        "participant": ["uczestnik", "uczestniczka", "osoba zagrożona", "participant"],
        "supporting": [
            "członek wspierający",
            "członkini wspierająca",
            "osoba wspierająca",
            "wspierający",
            "wspierająca",
            "student",
            "studentka",
            "absolwent",
            "absolwentka",
            "doktorant",
            "doktorantka",
            "supporting member",
        ],
    }
)

_EU = """austriackie belgijskie bułgarskie chorwackie cypryjskie czeskie duńskie estońskie fińskie francuskie greckie
hiszpańskie holenderskie niderlandzkie irlandzkie litewskie luksemburskie łotewskie maltańskie niemieckie portugalskie
rumuńskie słowackie słoweńskie szwedzkie węgierskie włoskie"""
_NON_EU = """afgańskie albańskie algierskie amerykańskie angielskie argentyńskie armeńskie ormiańskie australijskie
azerbejdżańskie bangladeskie białoruskie boliwijskie bośniackie brazylijskie brytyjskie chilijskie chińskie egipskie
etiopskie filipińskie gruzińskie ghańskie indyjskie indonezyjskie irackie irańskie islandzkie izraelskie japońskie
jordańskie kanadyjskie kazachskie kenijskie kirgiskie kolumbijskie kongijskie koreańskie kosowskie kubańskie libańskie
libijskie macedońskie malezyjskie marokańskie meksykańskie mołdawskie mongolskie nepalskie nigeryjskie norweskie
pakistańskie palestyńskie peruwiańskie rosyjskie rwandyjskie senegalskie serbskie czarnogórskie somalijskie syryjskie
szwajcarskie tadżyckie tajskie tanzańskie tunezyjskie tureckie turkmeńskie ukraińskie ugandyjskie uzbeckie
wenezuelskie wietnamskie zimbabweńskie"""

CITIZENSHIPS = _folded(
    {
        Citizenship.POLISH: ["polskie", "Polska", "PL", "polski", "obywatelstwo polskie"],
        Citizenship.EU: [*_EU.split(), "UE", "kraj UE", "obywatel UE", "obywatel kraju UE"],
        Citizenship.NON_EU: [
            *_NON_EU.split(),
            "Ukraina",
            "UA",
            "Białoruś",
            "spoza UE",
            "kraj spoza UE",
            "państwo trzecie",
        ],
        Citizenship.STATELESS: ["bezpaństwowiec", "bez obywatelstwa", "bezpaństwowe", "bezpaństwowość"],
    }
)

EDUCATIONS = _folded(
    {
        Education.ISCED_0: ["niższe niż podstawowe", "brak wykształcenia", "przedszkolne", "ISCED 0"],
        Education.ISCED_1: ["podstawowe", "ISCED 1"],
        Education.ISCED_2: ["gimnazjalne", "ISCED 2"],
        Education.ISCED_3: [
            "ponadgimnazjalne",
            "ponadpodstawowe",
            "średnie",
            "średnie ogólnokształcące",
            "średnie zawodowe",
            "zasadnicze zawodowe",
            "zawodowe",
            "branżowe",
            "ISCED 3",
        ],
        Education.ISCED_4: ["policealne", "pomaturalne", "ISCED 4"],
        Education.ISCED_5_8: [
            "wyższe",
            "licencjat",
            "magister",
            "ISCED 5-8",
            "ISCED 5",
            "ISCED 6",
            "ISCED 7",
            "ISCED 8",
        ],
    }
)

STATUSES = _folded(
    {
        LabourStatus.REGISTERED_UNEMPLOYED: [
            "osoba bezrobotna zarejestrowana w PUP",
            "osoba bezrobotna zarejestrowana w ewidencji urzędów pracy",
            "bezrobotny zarejestrowany",
            "bezrobotna zarejestrowana",
            "bezrobotny zarejestrowany w PUP",
            "bezrobotna zarejestrowana w PUP",
        ],
        LabourStatus.UNREGISTERED_UNEMPLOYED: [
            "osoba bezrobotna niezarejestrowana w PUP",
            "osoba bezrobotna niezarejestrowana w ewidencji urzędów pracy",
            "bezrobotny niezarejestrowany",
            "bezrobotna niezarejestrowana",
            "bezrobotny niezarejestrowany w PUP",
            "bezrobotna niezarejestrowana w PUP",
        ],
        LabourStatus.INACTIVE: ["osoba bierna zawodowo", "bierny zawodowo", "bierna zawodowo", "nieaktywny zawodowo"],
        LabourStatus.EMPLOYED: ["osoba pracująca", "pracujący", "pracująca", "zatrudniony", "zatrudniona"],
    }
)

DETAILS = _folded(
    {
        LabourDetail.LONG_TERM: ["długotrwale bezrobotna", "długotrwale bezrobotny", "osoba długotrwale bezrobotna"],
        LabourDetail.LEARNING: ["ucząca się", "uczący się", "osoba ucząca się"],
        LabourDetail.NOT_IN_EDUCATION: [
            "nieuczestnicząca w kształceniu lub szkoleniu",
            "nieuczestniczący w kształceniu lub szkoleniu",
            "osoba nieuczestnicząca w kształceniu lub szkoleniu",
        ],
        LabourDetail.SELF_EMPLOYED: [
            "prowadząca działalność na własny rachunek",
            "prowadzący działalność na własny rachunek",
        ],
        LabourDetail.GOVERNMENT: ["pracująca w administracji rządowej", "pracujący w administracji rządowej"],
        LabourDetail.LOCAL_GOVERNMENT: [
            "pracująca w administracji samorządowej",
            "pracujący w administracji samorządowej",
            "pracująca w JST",
        ],
        LabourDetail.LARGE_FIRM: ["pracująca w dużym przedsiębiorstwie", "pracujący w dużym przedsiębiorstwie"],
        LabourDetail.SMALL_FIRM: ["pracująca w MMŚP", "pracujący w MMŚP", "pracująca w MŚP", "pracujący w MŚP"],
        LabourDetail.NGO: [
            "pracująca w organizacji pozarządowej",
            "pracujący w organizacji pozarządowej",
            "pracująca w NGO",
            "pracujący w NGO",
        ],
        LabourDetail.OTHER: ["inne", "inna", "inny"],
    }
)

ANSWERS = _folded(
    {
        TriState.YES: ["tak", "t", "yes"],
        TriState.NO: ["nie", "n", "no"],
        TriState.REFUSED: ["odmowa podania informacji", "odmowa", "odmowa podania danych", "odmawiam", "refused"],
    }
)
