"""Words that the guard of outgoing texts must know: names that are words too, places, people's titles. Folded."""


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = _words(
    """will may mark art bill chase drew grant pat rob sue wade jack nick dean frank rich miles jean more les ali
    an in on so do he me my no we us am is as at be by go it of or to up al el la si su se te un con por para los las"""
)
"""In small letters never a name, whatever stands beside it."""
COMMON = VERBS | _words(
    """rose grace hope faith joy april june august summer dawn eve penny sunny ivy olive ruby crystal amber ginger
    young long white brown black green gray grey price page day days wood woods rice park parks love case hill hills
    lake field fields church bush cook baker farmer walker ward hall school office best bell bird bond branch brook
    bridge burns camp cash college cross dale fish ford forest fox free friend gold good hand hands hard head holder
    home hook house hunt hunter key king knight lane law little lord low major marsh mason mill miller mills moon moore
    north south west east near noble paper pace plant point pope post power powers prince quick read reading reed rivers
    road rock rush salt sands sharp shepherd short small snow spring stone story street strong swift temple town towns
    train valley wall walls water waters way wise wolf work works worth yard year years child children family families
    state county district region migrant education program records record notice reply request please thank thanks
    hello dear good morning afternoon monday tuesday wednesday thursday friday saturday sunday january february march
    july september october november december due new next last first second third this that these those there their
    they them then have has had with from your you our are was were been can could would should about after before
    grade credit credits course courses teacher counselor nurse clinic crop crops apple apples orange oranges berry
    cherry onion onions cotton corn farm dairy field harvest season work bus home mother father parent parents
    luz cruz flores campos paz sol santos reyes rios mesa leon salas luna mora rosas dulce angel consuelo milagros
    mercedes rocio esperanza socorro salud pilar dolores remedios nieves cielo abril mayo junio julio agosto plaza
    calle casa escuela familia distrito estado oficina aviso favor gracias hola buenos buenas dias tardes senora senor
    nino nina ninos ninas hijo hija hijos padres madre padre abuela tio tia grado curso cursos semana lunes martes
    miercoles jueves viernes sabado domingo enero febrero marzo octubre noviembre diciembre septiembre rey prado
    monte montes arroyo rivera ribera torres torre iglesia campo puente fuente fuentes vega valle villa rojas rojo
    blanco blanca moreno morena delgado bravo cortes leal nuevo nueva tierra barrios pastor guerra guerrero maestro"""
)
"""Words of everyday texts that are names too."""
USUAL_SURNAMES = _words(
    """smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez gonzales
    wilson anderson thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis
    robinson walker young allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera
    campbell mitchell carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart morris
    morales murphy cook rogers gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward
    richardson watson brooks chavez wood james bennett gray mendoza ruiz hughes price alvarez castillo sanders patel
    myers long ross foster jimenez powell jenkins perry russell sullivan bell coleman butler henderson barnes fisher
    vasquez simmons romero jordan patterson alexander hamilton graham reynolds griffin wallace moreno west cole hayes
    bryant herrera gibson ellis tran medina aguilar stevens murray ford castro marshall owens harrison fernandez
    mcdonald woods washington kennedy wells vargas henry chen freeman webb tucker guzman burns crawford olson simpson
    porter hunter gordon mendez silva shaw snyder mason dixon munoz hunt hicks holmes palmer wagner black robertson
    boyd stone salazar fox warren mills meyer rice schmidt garza daniels ferguson nichols stephens soto weaver ryan
    gardner payne grant dunn kelley spencer hawkins arnold pierce vazquez hansen peters santos hart bradley knight
    elliott cunningham duncan armstrong hudson carroll lane riley andrews alvarado ray delgado berry perkins hoffman
    johnston matthews pena richards contreras willis carpenter lawrence sandoval guerrero george chapman rios estrada
    ortega watkins greene nunez wheeler valdez harper burke larson santiago maldonado morrison franklin carlson austin
    dominguez carr lawson jacobs obrien lynch singh vega bishop montgomery oliver jensen harvey williamson gilbert
    dean sims espinoza howell li wong reid hanson le mccoy garrett burton fuller wang weber welch rojas lucas marquez
    fields park yang little banks padilla day walsh bowman schultz luna fowler mejia davidson acosta brewer may holland
    juarez newman pearson curtis cortez douglas schneider joseph barrett navarro figueroa keller avila wade molina
    stanley hopkins campos barnett bates chambers caldwell beck lambert miranda byrd craig ayala lowe frazier powers
    neal leonard gregory carrillo sutton fleming rhodes shelton schwartz norris jennings rhodes watts duran walters
    cohen mcdaniel moran parks steele vaughn becker holt deleon leon barker terry hale leon hail benson haynes horton
    miles lyons pham graves bush thornton wolfe warner cabrera mckinney mann zimmerman dawson lara fletcher page
    mccarthy love robles cervantes solis erickson reeves chang klein salinas fuentes baldwin daniel simon velasquez
    hardy higgins aguirre lin cummings chandler sharp barber bowen ochoa dennis robbins liu ramsey francis griffith
    paul blair oconnor cardenas pacheco cross calderon quinn moss swanson chan rivas khan rodgers serrano fitzgerald
    rosales stevenson christensen manning gill curry mclaughlin harmon mcgee gross doyle garner newton burgess reese
    walton blake trujillo adkins brady goodman roman webster goodwin fischer huang potter delacruz montoya todd wu
    hines mullins castaneda malone cannon tate mack sherman hubbard hodges zhang guerra wolf valencia saunders franco
    rowe gallagher farmer hammond hampton townsend ingram wise gallegos clarke barton schroeder maxwell waters logan
    camacho strickland norman person colon parsons frank harrington glover osborne buchanan casey floyd patton ibarra
    ball tyler suarez bowers orozco salas cobb gibbs andrade bauer conner moody escobar mcguire lloyd mueller hartman
    french kramer mcbride pope lindsey velazquez norton mccormick sparks flynn yates hogan marsh macias villanueva
    zamora pratt stokes owen ballard lang brock villarreal charles drake barrera cain patrick pineda burnett mercado
    santana shepherd bautista ali shaffer lamb trevino mckenzie hess beil olsen cochran morton nash wilkins petersen
    briggs shah roth nicholson holloway lozano rangel flowers hoover short arias mora valenzuela bryan meyers weiss
    underwood bass greer summers houston carson morrow clayton whitaker decker yoder collier zuniga carey wilcox
    melendez poole roberson larsen conley davenport copeland massey lam huff rocha cameron jefferson hood monroe
    anthony pittman huynh randall singleton kirk combs mathis christian skinner bradford richard galvan wall boone
    kirby wilkinson bridges bruce atkinson velez meza roy vincent york hodge villa abbott allison tapia gates chase
    sosa sweeney farrell wyatt dalton horn barron phelps yu dickerson heath foley atkins mathews bonilla acevedo
    benitez zavala hensley glenn cisneros harrell shields rubio choi huffman boyer garrison arroyo bond kane hancock
    callahan dillon cline wiggins grimes arellano melton oneill savage ho beltran pitts parrish ponce rich booth koch
    golden ware brennan mcdowell marks cantu humphrey baxter sawyer clay tanner hutchinson kaur berg wiley gilmore
    russo villegas hobbs keith wilkerson ahmed beard mcclain montes mata rosario vang walter henson oneal mosley
    mcclure beasley stephenson snow huerta preston vance barry johns eaton blackwell dyer prince macdonald solomon
    guevara stafford english hurst woodard cortes shannon kemp nolan mccullough merritt murillo moon salgado strong
    kline cordova barajas roach rosas winters jacobson lester knox bullock kerr leach meadows orr davila whitehead
    pruitt kent conway mckee barr david dejesus marin berger mcintyre blankenship gaines palacios cuevas bartlett
    durham dorsey mccall odonnell stein browning stout lowery sloan mclean hendricks calhoun sexton chung gentry hull
    duarte ellison nielsen gillespie buck middleton sellers leblanc esparza hardin bradshaw mcintosh howe livingston
    frost glass morse knapp herman stark bravo noble spears weeks corona frederick buckley mcfadden hebert enriquez
    hickman quintero randolph schaefer walls trejo house reilly pennington michael conrad giles benjamin crosby
    fitzpatrick donovan mays mahoney valentine raymond medrano hahn mcmillan small bentley felix peck lucero boyle
    hanna pace rush hurley harding mcconnell bernal nava ayers everett ventura avery pugh mayer bender shepard mcmahon
    landry case sampson moses magana blackburn dunlap gould duffy vaughan herring mckay espinosa rivers farley
    bernard ashley friedman potts truong costa correa blevins nixon clements fry delarosa best benton lugo portillo
    dougherty crane haley phan villalobos blanchard horne finley quintana lynn esquivel bean dodson mullen xiong hayden
    cano levy huber richmond moyer lim frye sheppard mccarty avalos booker waller parra woodward jaramillo krueger
    rasmussen brandt peralta donaldson stuart faulkner maynard galindo coffey estes sanford burch maddox vo oconnell
    vu andersen spence mcpherson church schmitt stanton leal cherry compton dudley sierra pollard alfaro hester
    proctor lu hinton novak good madden mccann terrell jarvis dickson reyna cantrell mayo branch hendrix rollins
    rowland whitney duke odom daugherty travis tang archer"""
)
"""Surnames so usual in the United States that one of them alone names nobody."""
PLACES_AFTER = _words(
    """school schools elementary middle junior high isd academy center centre college university county district
    street st avenue ave road rd drive boulevard blvd park library hall clinic hospital church farm farms ranch orchard
    orchards packing dairy company co inc llc city town village camp region office building union unified isd cisd
    valley lake river creek springs beach island heights hills"""
)
PLACES_BEFORE = _words(
    "escuela primaria secundaria preparatoria colegio calle avenida avda rancho campo colonia condado"
)
PREPOSITIONS = _words("in at from near to of toward towards around via en desde hasta hacia")
HOUSEHOLD = _words(
    """family families familia familias boys boy girls girl kids kid children child siblings sibling brothers brother
    sisters sister twins twin hermanos hermanas hermano hermana ninos nino ninas nina hijos hijas hijo hija student
    students alumno alumna estudiante household surname apellido apellidos last"""
)
"""Beside a surname these say that a family is meant."""
