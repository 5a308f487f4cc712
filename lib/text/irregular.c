#include "text/irregular.h"

#include <stdlib.h>

struct pair {
    char word[16];
    char is[16];
};

/* In byte order. */
static const struct pair plurals[] = {
    { "abaci", "abacus" },
    { "addenda", "addendum" },
    { "adieux", "adieu" },
    { "afterlives", "afterlife" },
    { "algae", "alga" },
    { "alumnae", "alumna" },
    { "alumni", "alumnus" },
    { "amoebae", "amoeba" },
    { "analyses", "analysis" },
    { "antennae", "antenna" },
    { "antitheses", "antithesis" },
    { "apices", "apex" },
    { "appendices", "appendix" },
    { "aquaria", "aquarium" },
    { "auditoria", "auditorium" },
    { "automata", "automaton" },
    { "axes", "axis" },
    { "bacilli", "bacillus" },
    { "bacteria", "bacterium" },
    { "bases", "basis" },
    { "beaux", "beau" },
    { "biogases", "biogas" },
    { "bookshelves", "bookshelf" },
    { "bureaux", "bureau" },
    { "buses", "bus" },
    { "busses", "bus" },
    { "cacti", "cactus" },
    { "calculi", "calculus" },
    { "calves", "calf" },
    { "candelabra", "candelabrum" },
    { "canvases", "canvas" },
    { "castrati", "castrato" },
    { "catharses", "catharsis" },
    { "chateaux", "chateau" },
    { "cherubim", "cherub" },
    { "children", "child" },
    { "christmases", "christmas" },
    { "clitorises", "clitoris" },
    { "cocci", "coccus" },
    { "codices", "codex" },
    { "compendia", "compendium" },
    { "concerti", "concerto" },
    { "consortia", "consortium" },
    { "corpora", "corpus" },
    { "cortices", "cortex" },
    { "crematoria", "crematorium" },
    { "crises", "crisis" },
    { "criteria", "criterion" },
    { "curricula", "curriculum" },
    { "data", "datum" },
    { "desiderata", "desideratum" },
    { "diagnoses", "diagnosis" },
    { "dialyses", "dialysis" },
    { "dicta", "dictum" },
    { "directrices", "directrix" },
    { "dormice", "dormouse" },
    { "dwarves", "dwarf" },
    { "effluvia", "effluvium" },
    { "electrolyses", "electrolysis" },
    { "ellipses", "ellipsis" },
    { "elves", "elf" },
    { "emboli", "embolus" },
    { "emphases", "emphasis" },
    { "emporia", "emporium" },
    { "equilibria", "equilibrium" },
    { "errata", "erratum" },
    { "feet", "foot" },
    { "foci", "focus" },
    { "fora", "forum" },
    { "formulae", "formula" },
    { "fungi", "fungus" },
    { "ganglia", "ganglion" },
    { "gases", "gas" },
    { "gateaux", "gateau" },
    { "geese", "goose" },
    { "genera", "genus" },
    { "gladioli", "gladiolus" },
    { "godchildren", "godchild" },
    { "grandchildren", "grandchild" },
    { "gymnasia", "gymnasium" },
    { "halves", "half" },
    { "helices", "helix" },
    { "hippopotami", "hippopotamus" },
    { "honoraria", "honorarium" },
    { "hooves", "hoof" },
    { "housewives", "housewife" },
    { "hypotheses", "hypothesis" },
    { "indices", "index" },
    { "irises", "iris" },
    { "kibbutzim", "kibbutz" },
    { "knives", "knife" },
    { "lacunae", "lacuna" },
    { "larvae", "larva" },
    { "leaves", "leaf" },
    { "lemmata", "lemma" },
    { "lenses", "lens" },
    { "libretti", "libretto" },
    { "lice", "louse" },
    { "lives", "life" },
    { "loaves", "loaf" },
    { "loci", "locus" },
    { "mafiosi", "mafioso" },
    { "magi", "magus" },
    { "matrices", "matrix" },
    { "maxima", "maximum" },
    { "memoranda", "memorandum" },
    { "metamorphoses", "metamorphosis" },
    { "metastases", "metastasis" },
    { "metropolises", "metropolis" },
    { "mice", "mouse" },
    { "midwives", "midwife" },
    { "milieux", "milieu" },
    { "millennia", "millennium" },
    { "minibuses", "minibus" },
    { "minima", "minimum" },
    { "minuses", "minus" },
    { "minutiae", "minutia" },
    { "mitoses", "mitosis" },
    { "momenta", "momentum" },
    { "moratoria", "moratorium" },
    { "nebulae", "nebula" },
    { "nemeses", "nemesis" },
    { "neuroses", "neurosis" },
    { "nimbi", "nimbus" },
    { "novae", "nova" },
    { "nuclei", "nucleus" },
    { "oases", "oasis" },
    { "octopi", "octopus" },
    { "optima", "optimum" },
    { "ova", "ovum" },
    { "oxen", "ox" },
    { "pancreases", "pancreas" },
    { "paparazzi", "paparazzo" },
    { "papyri", "papyrus" },
    { "paralyses", "paralysis" },
    { "parentheses", "parenthesis" },
    { "passersby", "passerby" },
    { "penknives", "penknife" },
    { "personae", "persona" },
    { "phenomena", "phenomenon" },
    { "planetaria", "planetarium" },
    { "plateaux", "plateau" },
    { "pluses", "plus" },
    { "podia", "podium" },
    { "polyhedra", "polyhedron" },
    { "prognoses", "prognosis" },
    { "prostheses", "prosthesis" },
    { "psychoanalyses", "psychoanalysis" },
    { "psychoses", "psychosis" },
    { "pupae", "pupa" },
    { "quanta", "quantum" },
    { "quizzes", "quiz" },
    { "radii", "radius" },
    { "referenda", "referendum" },
    { "sanatoria", "sanatorium" },
    { "scarves", "scarf" },
    { "schemata", "schema" },
    { "schoolchildren", "schoolchild" },
    { "selves", "self" },
    { "seraphim", "seraph" },
    { "sheaves", "sheaf" },
    { "shelves", "shelf" },
    { "spectra", "spectrum" },
    { "stadia", "stadium" },
    { "staphylococci", "staphylococcus" },
    { "stepchildren", "stepchild" },
    { "stigmata", "stigma" },
    { "stimuli", "stimulus" },
    { "stomata", "stoma" },
    { "strata", "stratum" },
    { "streptococci", "streptococcus" },
    { "substrata", "substratum" },
    { "supernovae", "supernova" },
    { "syllabi", "syllabus" },
    { "symposia", "symposium" },
    { "synopses", "synopsis" },
    { "syntheses", "synthesis" },
    { "tableaux", "tableau" },
    { "teeth", "tooth" },
    { "tempi", "tempo" },
    { "termini", "terminus" },
    { "theses", "thesis" },
    { "thieves", "thief" },
    { "thrombi", "thrombus" },
    { "thromboses", "thrombosis" },
    { "trellises", "trellis" },
    { "trolleybuses", "trolleybus" },
    { "trousseaux", "trousseau" },
    { "tumuli", "tumulus" },
    { "vertebrae", "vertebra" },
    { "vertices", "vertex" },
    { "virtuosi", "virtuoso" },
    { "vivaria", "vivarium" },
    { "vortices", "vortex" },
    { "werewolves", "werewolf" },
    { "wharves", "wharf" },
    { "wives", "wife" },
    { "wolves", "wolf" },
    { "yeses", "yes" },
};

/* Words in -men that are no plurals in -man; in byte order. */
static const char not_men[][12] = {
    "abdomen", "acumen",     "albumen",   "amen",     "bitumen", "bremen",
    "carmen",  "catechumen", "cognomen",  "cyclamen", "dolmen",  "examen",
    "flamen",  "foramen",    "gravamen",  "hymen",    "lumen",   "numen",
    "omen",    "ramen",      "regimen",   "rumen",    "semen",   "specimen",
    "stamen",  "tiananmen",  "tienanmen", "turkmen",  "xiamen",  "yemen",
};

/*
 * Words that begin like the first have the second for a stem; the longest
 * beginning counts. In byte order. Each parts two families that newspapers
 * keep apart and Snowball's English stemmer does not.
 */
static const struct pair families[] = {
    { "authoris", "authoriz" },
    { "authorit", "authorit" },
    { "authoriz", "authoriz" },
    { "emergenc", "emergenc" },
    { "experiment", "experiment" },
    { "heroine", "heroine" },
    { "ignoran", "ignoran" },
    { "importan", "importan" },
    { "informal", "informal" },
    { "internal", "internal" },
    { "internationa", "internationa" },
    { "morale", "morale" },
    { "organic", "organic" },
    { "organis", "organiz" },
    { "organism", "organism" },
    { "organiz", "organiz" },
    { "pasta", "pasta" },
    { "pastas", "pasta" },
    { "politic", "politic" },
    { "protestant", "protestant" },
    { "rational", "rational" },
    { "several", "several" },
    { "species", "species" },
    { "tribunal", "tribunal" },
    { "universit", "universit" },
};

/* A word as the tables hold theirs: zeros behind. */
typedef struct looked_for {
    char word[16];
} looked_for;

static int compare_plural(const void *word, const void *item)
{
    const struct pair *pair = item;

    return memcmp(word, pair->word, sizeof pair->word);
}

static int compare_not_men(const void *word, const void *item)
{
    return memcmp(word, item, sizeof *not_men);
}

static size_t put_text(char *out, const char *text)
{
    lede_bytes bytes = lede_bytes_of_text(text);

    memcpy(out, bytes.at, bytes.len);
    return bytes.len;
}

size_t lede_irregular_singular(char out[LEDE_IRREGULAR_MAX], lede_bytes word)
{
    looked_for key = { { 0 } };
    const struct pair *pair = NULL;

    if (word.len < 3 || word.len > LEDE_IRREGULAR_MAX)
        return 0;
    memcpy(key.word, word.at,
           word.len < sizeof key.word ? word.len : sizeof key.word);
    if (word.len < sizeof key.word)
        pair = bsearch(&key, plurals, sizeof plurals / sizeof *plurals,
                       sizeof *plurals, compare_plural);
    if (pair && strlen(pair->word) == word.len)
        return put_text(out, pair->is);
    if (memcmp(word.at + word.len - 3, "men", 3) != 0 ||
        (word.len < sizeof *not_men &&
         bsearch(&key, not_men, sizeof not_men / sizeof *not_men,
                 sizeof *not_men, compare_not_men)))
        return 0;
    memcpy(out, word.at, word.len);
    out[word.len - 2] = 'a';
    return word.len;
}

const char *lede_irregular_stem(lede_bytes word)
{
    const char *stem = NULL;

    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const struct pair *family = &families[i];

        if (word.len == 0 || family->word[0] > (char)word.at[0])
            break;
        if (family->word[0] == (char)word.at[0] &&
            lede_bytes_begin_with(word, lede_bytes_of_text(family->word)))
            stem = family->is;
    }
    return stem;
}
