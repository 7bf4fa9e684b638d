"""What the neighbours of the demonstration's theatre have written: in their mappings, plans and guidelines."""

from typing import NamedTuple

# By the factor of the catalogue: how likely, how bad, where and when, what they do already, what they propose, who.
ROWS: dict[str, tuple[int, int, str, str, str, str]] = {
    "touring": (
        3,
        2,
        "På turné, når vi bor trangt og kommer sent fram.",
        "Turnéleder har vakttelefon.",
        "Enkeltrom til alle, også gjester.",
        "Turnéleder",
    ),
    "alcohol": (
        2,
        3,
        "Etter premierer og på julebordet.",
        "To verter er edru på premierefester.",
        "Festene slutter klokka ett, og vertene er kjent på forhånd.",
        "Daglig leder",
    ),
    "hierarchy": (
        2,
        2,
        "I prøvetida, når den som leder prøven, også bestemmer hvem som får neste rolle.",
        "",
        "Medarbeidersamtaler med en annen enn regissøren.",
        "Styreleder",
    ),
    "freelance": (
        2,
        2,
        "Korte kontrakter, folk som håper på å bli spurt igjen.",
        "Alle får retningslinjene med kontrakten.",
        "Ringe alle en uke etter siste dag.",
        "Produsent",
    ),
    "tone": (
        3,
        1,
        "I pauserommet.",
        "Vi sier fra når en spøk går for langt.",
        "Snakke om tonen på første prøvedag.",
        "Verneombud",
    ),
    "audience": (1, 2, "Ved utgangen etter kveldsforestillinger.", "To er alltid sammen om å stenge.", "", "Husvert"),
}


class Promise(NamedTuple):
    """A measure as they wrote it: in how many days or how often, for which requirement, and the risk it answers."""

    what: str
    why: str
    owner: str
    days: int | None
    recurring: str
    requirement: str | None
    status: str
    factor: str | None


MEASURES = (
    Promise(
        "Retningslinjer mot trakassering på norsk og engelsk",
        "Gjester skal også kunne lese dem.",
        "Daglig leder",
        None,
        "",
        "guidelines",
        "done",
        None,
    ),
    Promise(
        "Varslingskanal og fire tillitsvalgte på oppslag i garderoben",
        "Alle skal vite hvem de kan snakke med.",
        "Verneombud",
        None,
        "",
        "reporting_channels",
        "done",
        None,
    ),
    Promise(
        "Verdigrunnlaget vårt på nettsida",
        "Publikum og samarbeidspartnere skal kjenne det.",
        "Kommunikasjon",
        -20,
        "",
        "public_position",
        "done",
        None,
    ),
    Promise(
        "Samtale om samspill på første prøvedag",
        "Tonen blir satt den første dagen.",
        "Kunstnerisk leder",
        24,
        "quarterly",
        "awareness_plan",
        "continuing",
        "tone",
    ),
    Promise(
        "Enkeltrom på turné",
        "Alle skal kunne lukke en dør.",
        "Turnéleder",
        40,
        "",
        None,
        "started",
        "touring",
    ),
    Promise(
        "To verter på hver fest",
        "Noen skal være edru og mulige å snakke med.",
        "Daglig leder",
        75,
        "half-yearly",
        "awareness_plan",
        "started",
        "alcohol",
    ),
    Promise(
        "Samtale med frilansere etter siste dag", "De ser det vi ikke ser.", "Produsent", 110, "", None, "planned", None
    ),
)
# What the company that renews its mark promised besides, two years ago.
PROMISED = (
    *MEASURES,
    Promise(
        "Berøring avtales høyt før hver prøve",
        "Da slipper ingen å være den første som sier nei.",
        "Koreograf",
        14,
        "monthly",
        "awareness_plan",
        "started",
        None,
    ),
    Promise(
        "Hver sin varslingsmottaker med nabokompaniet",
        "Ingen skal måtte varsle til den det gjelder.",
        "Styreleder",
        60,
        "",
        "reporting_channels",
        "planned",
        "hierarchy",
    ),
    Promise(
        "Vedlegg om oppførsel i alle kontrakter",
        "Gjestene skal ha lest det før første prøve.",
        "Produsent",
        90,
        "",
        "guidelines",
        "started",
        "freelance",
    ),
    Promise(
        "Åpne prøver med en vert i salen",
        "Den som ser på, skal ha noen å spørre.",
        "Husvert",
        150,
        "",
        None,
        "planned",
        "audience",
    ),
    Promise(
        "Drosje hjem fra sene prøver",
        "Siste buss går før vi er ferdige.",
        "Daglig leder",
        30,
        "",
        None,
        "started",
        None,
    ),
    Promise(
        "Kurs om makt for koreografer",
        "Den som leder rommet, bestemmer mer enn hun tror.",
        "Kunstnerisk leder",
        200,
        "",
        None,
        "planned",
        "hierarchy",
    ),
)
# What has become of it since: how many days ago, what, and why where it is not relevant any more.
FATES = (
    (560, "Hver sin varslingsmottaker med nabokompaniet", "started", ""),
    (500, "Berøring avtales høyt før hver prøve", "continuing", ""),
    (430, "Vedlegg om oppførsel i alle kontrakter", "done", ""),
    (390, "Drosje hjem fra sene prøver", "not_relevant", "Vi har flyttet prøvene til dagtid."),
    (310, "To verter på hver fest", "continuing", ""),
    (200, "Enkeltrom på turné", "done", ""),
)
# The smallest sheet of paper that a reader of PDF opens, with what hangs in the dressing room.
NOTICE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 298]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 98>>stream
BT /F 24 Tf 40 200 Td (Vil du si fra?) Tj 0 -40 Td /F 14 Tf (Styreleder, telefon 900 00 000) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""
GUIDELINES = {
    "title_nb": "Retningslinjer mot trakassering",
    "text_nb": "Trakassering er ikke akseptert her, uansett hvem som står bak: ansatte, frilansere, publikum eller "
    "samarbeidspartnere.\n\nDu kan si fra til lederen din, verneombudet eller styrelederen. Den som tar imot, gjør "
    "noe med det innen to virkedager.\n\nIngen skal få det verre av å ha sagt fra.",
    "title_en": "Guidelines against harassment",
    "text_en": "Harassment is not accepted here, whoever is behind it: employees, freelancers, audience, partners.\n\n"
    "You can speak up to your leader, the safety representative or the chair. Whoever receives it acts within two "
    "working days.\n\nNobody shall be worse off for having spoken up.",
    "link": "",
}
WAY_ON = (
    "Vi tar opp samspill på første prøvedag hvert kvartal, følger opp tiltakene i verneutvalget og går gjennom "
    "risikokartleggingen på nytt før jul."
)
