//! What the demo's shops sell. All of it is invented.

/// A shop of the demo.
pub(super) struct Shop {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) address: &'static str,
    pub(super) owner: &'static str,
    pub(super) email: &'static str,
    pub(super) goods: &'static [Good],
}

/// A product. Prices are in hundredths of the currency, whatever its minor unit.
pub(super) struct Good {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    /// One of [`CATEGORIES`], or a part of one.
    pub(super) category: &'static str,
    pub(super) sku: &'static str,
    pub(super) price: i64,
    /// Percent off.
    pub(super) off: Option<u8>,
    /// Of each variant.
    pub(super) stock: i64,
    pub(super) grams: i64,
    /// The name of its option and the values, each a variant; none is a simple product.
    pub(super) option: Option<(&'static str, &'static [&'static str])>,
}

/// The tree: each category and its parts.
pub(super) const CATEGORIES: &[(&str, &[&str])] = &[
    ("Home", &["Ceramics", "Lamps", "Textiles"]),
    ("Pantry", &["Spices", "Tea", "Preserves"]),
    ("Workshop", &["Leather", "Paper"]),
];

const fn good(
    (title, category, sku): (&'static str, &'static str, &'static str),
    (price, stock, grams): (i64, i64, i64),
    description: &'static str,
) -> Good {
    Good { title, description, category, sku, price, off: None, stock, grams, option: None }
}

impl Good {
    const fn off(mut self, percent: u8) -> Self {
        self.off = Some(percent);
        self
    }

    const fn in_each(mut self, name: &'static str, values: &'static [&'static str]) -> Self {
        self.option = Some((name, values));
        self
    }
}

pub(super) const SHOPS: &[Shop] = &[
    Shop {
        name: "Kiln and Lantern",
        description: "Stoneware, lamps and woven things for quiet rooms, made in small batches.",
        address: "14 Potters' Lane, Lower Harbour",
        owner: "Leyla",
        email: "leyla@souk.example",
        goods: KILN,
    },
    Shop {
        name: "Saffron Gate",
        description: "Spices, teas and preserves, bought from the growers and packed the same week.",
        address: "3 Saffron Gate, Old Town",
        owner: "Omar",
        email: "omar@souk.example",
        goods: SAFFRON,
    },
    Shop {
        name: "Thread and Quill",
        description: "Bound books, bags and desk things, stitched by hand.",
        address: "27 Bookbinders' Court, Upper Town",
        owner: "Mira",
        email: "mira@souk.example",
        goods: THREAD,
    },
];

const KILN: &[Good] = &[
    good(
        ("Ash-glazed tea bowl", "Ceramics", "KL-BOWL-1"),
        (2_400, 36, 280),
        "A hand-thrown bowl with a wood-ash glaze that runs a little differently on each piece.",
    ),
    good(
        ("Speckled breakfast plate", "Ceramics", "KL-PLATE-1"),
        (1_900, 60, 520),
        "Iron-speckled stoneware, 21 cm across, made for an oven and a dishwasher.",
    ),
    good(
        ("Tall pitcher", "Ceramics", "KL-PITCH-1"),
        (5_600, 12, 1_150),
        "Holds a litre and a half and pours without a drip.",
    )
    .off(15),
    good(
        ("Salt cellar with lid", "Ceramics", "KL-SALT-1"),
        (2_100, 25, 340),
        "Unglazed inside, so that the salt stays dry.",
    ),
    good(
        ("Pierced brass lantern", "Lamps", "KL-LANT-1"),
        (8_900, 9, 1_400),
        "Throws a pattern of stars on three walls. Takes a candle or a small bulb.",
    ),
    good(
        ("Paper moon lamp", "Lamps", "KL-MOON"),
        (4_500, 18, 600),
        "A folded paper shade on a turned beech foot.",
    )
    .in_each("Size", &["Small", "Medium", "Large"]),
    good(
        ("Reading lamp with linen shade", "Lamps", "KL-READ-1"),
        (7_400, 14, 1_800),
        "A heavy foot, a long neck, and a shade of undyed linen.",
    ),
    good(
        ("Handwoven throw", "Textiles", "KL-THROW"),
        (9_800, 8, 1_250),
        "Wool from one flock, washed until it is soft, 130 by 180 cm.",
    )
    .in_each("Colour", &["Sand", "Indigo", "Moss"]),
    good(
        ("Waffle tea towel", "Textiles", "KL-TOWEL-1"),
        (1_200, 120, 110),
        "Cotton that drinks up a sinkful of dishes.",
    )
    .off(10),
    good(
        ("Floor cushion", "Textiles", "KL-CUSH"),
        (6_200, 16, 1_700),
        "Filled with buckwheat hulls. The cover comes off for washing.",
    )
    .in_each("Colour", &["Rust", "Charcoal"]),
];

const SAFFRON: &[Good] = &[
    good(
        ("Saffron threads, 1 g", "Spices", "SG-SAFF-1"),
        (1_450, 80, 20),
        "Long red threads of this year's harvest, in a glass vial.",
    ),
    good(
        ("Smoked sweet paprika", "Spices", "SG-PAPR-1"),
        (650, 140, 100),
        "Dried for two weeks over oak, then ground slowly.",
    ),
    good(
        ("Black cardamom pods", "Spices", "SG-CARD-1"),
        (890, 75, 60),
        "Whole pods with a note of camp fire, for stews and rice.",
    ),
    good(
        ("Seven-spice blend", "Spices", "SG-SEVEN"),
        (780, 90, 80),
        "Pepper, cinnamon, clove, nutmeg, coriander, cumin, ginger.",
    )
    .in_each("Grind", &["Whole", "Ground"]),
    good(
        ("Mountain mint tea", "Tea", "SG-MINT-1"),
        (950, 110, 70),
        "Wild mint picked above the tree line, dried in the shade.",
    ),
    good(
        ("Smoky black tea", "Tea", "SG-SMOKE-1"),
        (1_350, 64, 100),
        "Leaves dried over pine, for cold mornings.",
    )
    .off(20),
    good(("Hibiscus and rose", "Tea", "SG-HIBI-1"), (1_050, 70, 90), "Sour, red, and as good over ice."),
    good(
        ("Bitter orange marmalade", "Preserves", "SG-ORNG-1"),
        (720, 55, 380),
        "Thick cut, little sugar, cooked in copper.",
    ),
    good(
        ("Fig and walnut spread", "Preserves", "SG-FIGW-1"),
        (840, 48, 320),
        "For cheese, for bread, and for eating with a spoon.",
    ),
    good(
        ("Preserved lemons", "Preserves", "SG-LEMN-1"),
        (990, 40, 450),
        "Six weeks in salt and their own juice.",
    )
    .off(5),
];

const THREAD: &[Good] = &[
    good(
        ("Long-stitch travel journal", "Paper", "TQ-JOURN"),
        (3_800, 30, 310),
        "192 pages that lie flat, in a wrap of soft leather.",
    )
    .in_each("Paper", &["Blank", "Dotted", "Ruled"]),
    good(
        ("Marbled notebook", "Paper", "TQ-MARB-1"),
        (1_600, 85, 180),
        "The cover is lifted from the bath by hand: no two are the same.",
    ),
    good(
        ("Letter set", "Paper", "TQ-LETT-1"),
        (2_200, 40, 260),
        "Twenty sheets and envelopes of cotton paper, with a bone folder.",
    ),
    good(
        ("Perpetual desk calendar", "Paper", "TQ-CALE-1"),
        (4_200, 15, 640),
        "Three rings of letterpress cards, good for every year.",
    )
    .off(25),
    good(
        ("Leather pen roll", "Leather", "TQ-ROLL-1"),
        (3_400, 22, 150),
        "Room for eight pens and a small knife, closed with one strap.",
    ),
    good(
        ("Saddle-stitched card case", "Leather", "TQ-CARD"),
        (2_900, 45, 60),
        "Four pockets, linen thread, edges burnished with beeswax.",
    )
    .in_each("Colour", &["Tan", "Oxblood", "Black"]),
    good(
        ("Market bag", "Leather", "TQ-BAG-1"),
        (12_900, 7, 900),
        "One piece of leather, folded twice, with a strap that carries a week of vegetables.",
    ),
    good(("Key loop", "Leather", "TQ-KEY-1"), (900, 150, 25), "An offcut, a rivet, and a brass ring."),
    good(
        ("Bookbinder's starter kit", "Paper", "TQ-KIT-1"),
        (4_900, 20, 700),
        "Awl, needles, waxed thread, board and paper for three books.",
    ),
    good(
        ("Leather care balm", "Leather", "TQ-BALM-1"),
        (1_150, 65, 120),
        "Beeswax and almond oil. A thumbnail of it does a bag.",
    ),
];
