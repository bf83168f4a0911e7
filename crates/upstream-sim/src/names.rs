//! The people, places and things of the simulated world. All fictional.

#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) number: &'static str,
    pub(crate) name: &'static str,
    pub(crate) line1: &'static str,
    pub(crate) city: &'static str,
    pub(crate) region: Option<&'static str>,
    pub(crate) postcode: &'static str,
    pub(crate) country: &'static str,
    /// None: the company's local currency, which the upstream writes as an empty code.
    pub(crate) currency: Option<&'static str>,
}

macro_rules! customers {
    ($(($number:expr, $name:expr, $line1:expr, $city:expr, $region:expr, $postcode:expr, $country:expr, $currency:expr)),* $(,)?) => {
        &[$(Customer { number: $number, name: $name, line1: $line1, city: $city, region: $region, postcode: $postcode,
            country: $country, currency: $currency }),*]
    };
}

pub(crate) const CUSTOMERS: &[Customer] = customers![
    (
        "C10042",
        "Hudson Grocers Ltd",
        "12 Depot Way",
        "Allentown",
        Some("PA"),
        "18109",
        "US",
        Some("USD")
    ),
    (
        "C10043",
        "Smörgås & Söner AB",
        "Hamngatan 7",
        "Göteborg",
        None,
        "411 14",
        "SE",
        Some("SEK")
    ),
    (
        "C10044",
        "Piekarnia Łódzka Sp. z o.o.",
        "ul. Żwirki 14",
        "Łódź",
        None,
        "90-539",
        "PL",
        Some("PLN")
    ),
    (
        "C10045",
        "Café Noisette S.A.R.L.",
        "3 rue de l’Écluse",
        "Besançon",
        None,
        "25000",
        "FR",
        Some("EUR")
    ),
    (
        "C10046",
        "Großmarkt Müller GmbH",
        "Straße am Hafen 21",
        "Würzburg",
        Some("BY"),
        "97080",
        "DE",
        Some("EUR")
    ),
    (
        "C10047",
        "Norton & \"Sons\" Hardware",
        "Unit 4, Quay Road",
        "Felixstowe",
        Some("Suffolk"),
        "IP11 3SY",
        "GB",
        Some("GBP")
    ),
    (
        "C10048",
        "Prairie Outfitters Inc.",
        "880 Grain Elevator Rd",
        "Omaha",
        Some("NE"),
        "68102",
        "US",
        None
    ),
    (
        "C10049",
        "みどり食品 Europe B.V.",
        "Waalhaven O.z. 77",
        "Rotterdam",
        None,
        "3087 BM",
        "NL",
        Some("EUR")
    ),
    (
        "C10050",
        "Çınar Tekstil 🧵",
        "Liman Caddesi 5",
        "İzmir",
        None,
        "35230",
        "TR",
        Some("EUR")
    ),
    (
        "C10051",
        "Blue Heron Pharmacy Group",
        "1 Heron Plaza",
        "Albany",
        Some("NY"),
        "12207",
        "US",
        Some("USD")
    ),
];

#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) sku: &'static str,
    pub(crate) name: &'static str,
    pub(crate) uom: &'static str,
    pub(crate) price_cents: i64,
}

macro_rules! items {
    ($(($sku:expr, $name:expr, $uom:expr, $price:expr)),* $(,)?) => {
        &[$(Item { sku: $sku, name: $name, uom: $uom, price_cents: $price }),*]
    };
}

pub(crate) const ITEMS: &[Item] = items![
    ("OLV-1L", "Olive oil 1 L, case of 12", "CS", 7_600),
    (
        "TOM-400",
        "Chopped tomatoes 400 g, tray of 24",
        "TRAY",
        1_892
    ),
    ("ESP-1KG", "Espresso beans 1 kg", "BAG", 1_449),
    ("RICE-25", "Basmati rice 25 kg", "SACK", 3_125),
    ("JÄS-500", "Färsk jäst 500 g", "ST", 215),
    (
        "BOLT-M8",
        "Hex bolt M8×40, A2, \"bag of 100\"",
        "BAG",
        1_099
    ),
    ("GLV-NIT-M", "Nitrile gloves M; powder-free", "BOX", 640),
    ("PAL-EUR", "EUR pallet, heat treated", "PCS", 1_150),
    ("YRN-COT", "Cotton yarn, 50 g, naturweiß", "KG", 2_210),
    ("CBL-CAT6", "Patch cable Cat 6, 3 m", "PCS", 330),
];

/// Free text that looks like an instant: whatever rewrites date-times on the way must leave it alone.
pub(crate) const LOOKS_LIKE_AN_INSTANT: &str = "2026-11-02T09:15:22.500Z";

pub(crate) const COMMENTS: &[&str] = &[
    "Dock 7, call ahead",
    "Fragile – do not stack",
    "Kundenwunsch: nur vormittags",
    "See PO 4500091822, \"rev. B\"",
    LOOKS_LIKE_AN_INSTANT,
    "Livraison à l’arrière du bâtiment",
];

#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) code: &'static str,
    pub(crate) un_locode: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) lat_e6: i64,
    pub(crate) lon_e6: i64,
    pub(crate) offset_minutes: i32,
}

impl Place {
    /// Latitude and longitude in microdegrees.
    pub(crate) fn point(&self) -> (i64, i64) {
        (self.lat_e6, self.lon_e6)
    }
}

macro_rules! places {
    ($(($code:expr, $locode:expr, $name:expr, $lat:expr, $lon:expr, $offset:expr)),* $(,)?) => {
        &[$(Place { code: $code, un_locode: $locode, name: $name, lat_e6: $lat, lon_e6: $lon, offset_minutes: $offset }),*]
    };
}

pub(crate) const PLACES: &[Place] = places![
    (
        "PNCT",
        Some("USNYC"),
        "Port Newark Container Terminal",
        40_678_600,
        -74_150_300,
        -300
    ),
    (
        "HG-DC3",
        None,
        "Hudson Grocers DC 3",
        40_602_300,
        -75_471_400,
        -300
    ),
    (
        "OMA-1",
        None,
        "Prairie Outfitters Omaha",
        41_258_961,
        -95_937_500,
        -360
    ),
    (
        "ALB-RX",
        None,
        "Blue Heron Albany",
        42_652_600,
        -73_756_200,
        -300
    ),
    (
        "RTM-W7",
        Some("NLRTM"),
        "Waalhaven Pier 7",
        51_885_012,
        4_429_998,
        60
    ),
    (
        "GOT-H",
        Some("SEGOT"),
        "Göteborgs Hamn, kaj 12",
        57_690_001,
        11_860_000,
        60
    ),
    ("LDZ-2", None, "Magazyn Łódź 2", 51_759_248, 19_455_983, 60),
    ("WUE", None, "Großmarkt Würzburg", 49_791_300, 9_953_355, 60),
    (
        "BSN",
        None,
        "Entrepôt de Besançon",
        47_237_829,
        6_024_054,
        60
    ),
    (
        "FXT",
        Some("GBFXT"),
        "Felixstowe Quay Road",
        51_961_726,
        1_351_255,
        0
    ),
    (
        "IZM",
        Some("TRIZM"),
        "İzmir Limanı",
        38_440_000,
        27_150_000,
        180
    ),
    ("NULL-I", None, "Equator Buoy Depot", 0, -100, 0),
];

/// Where a driver may stop without it having been planned.
pub(crate) const REST_AREAS: &[Place] = places![
    (
        "REST-80",
        None,
        "Rest area, mile 80",
        41_000_100,
        -77_500_000,
        -300
    ),
    (
        "RAST-A3",
        None,
        "Raststätte A3 Süd",
        49_900_000,
        10_100_000,
        60
    ),
];

/// Carriers: SCAC and name.
pub(crate) const CARRIERS: &[(&str, &str)] = &[
    ("TSTL", "Testline Drayage"),
    ("NRHL", "Nordhaul Åkeri AB"),
    ("BGFT", "Bugge & Ficht Transporte"),
    ("KSTR", "Kestrel Freight \"Ltd\""),
    ("RVRB", "Riverbend Barge Co."),
    ("WGON", "Wagon-Étoile Rail"),
];

pub(crate) const DRIVERS: &[&str] = &[
    "Maya Okafor",
    "Jürgen Weiß",
    "Zoë D’Souza",
    "Łukasz Żak",
    "Ana María Núñez",
    "Tom O'Brien",
    "Şule Öztürk",
    "李 伟",
];

pub(crate) const MODES: &[&str] = &[
    "road",
    "road",
    "road",
    "road",
    "rail",
    "maritime",
    "air",
    "inlandWaterway",
];
