"""What the neighbours of the demonstration's theatre have written: in their mappings, plans and guidelines."""

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
# What, why, who, in how many days (or how often), for which requirement, how far it has come, and the risk it answers.
MEASURES = (
    (
        "Retningslinjer mot trakassering på norsk og engelsk",
        "Gjester skal også kunne lese dem.",
        "Daglig leder",
        None,
        "",
        "guidelines",
        "done",
        None,
    ),
    (
        "Varslingskanal og fire tillitsvalgte på oppslag i garderoben",
        "Alle skal vite hvem de kan snakke med.",
        "Verneombud",
        None,
        "",
        "reporting_channels",
        "done",
        None,
    ),
    (
        "Verdigrunnlaget vårt på nettsida",
        "Publikum og samarbeidspartnere skal kjenne det.",
        "Kommunikasjon",
        -20,
        "",
        "public_position",
        "done",
        None,
    ),
    (
        "Samtale om samspill på første prøvedag",
        "Tonen blir satt den første dagen.",
        "Kunstnerisk leder",
        24,
        "quarterly",
        "awareness_plan",
        "continuing",
        "tone",
    ),
    (
        "Enkeltrom på turné",
        "Alle skal kunne lukke en dør.",
        "Turnéleder",
        40,
        "",
        None,
        "started",
        "touring",
    ),
    (
        "To verter på hver fest",
        "Noen skal være edru og mulige å snakke med.",
        "Daglig leder",
        75,
        "half-yearly",
        "awareness_plan",
        "started",
        "alcohol",
    ),
    ("Samtale med frilansere etter siste dag", "De ser det vi ikke ser.", "Produsent", 110, "", None, "planned", None),
)
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
