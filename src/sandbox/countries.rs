//! The countries between which parcels travel.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// The language in which a courier writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

/// A country as the service names it.
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166 two-letter code.
    pub iso: &'static str,
    /// The name in answers; brackets occur.
    pub name: &'static str,
    /// Hours ahead of UTC in which its couriers write.
    hours: i8,
    /// The carrier that delivers what comes from abroad.
    pub post: Option<&'static str>,
    /// The main hub, then towns.
    latin: [&'static str; 4],
    /// The same in Chinese; abroad a Chinese courier only names the country.
    chinese: &'static [&'static str],
}

impl Country {
    /// Its main hub.
    pub fn hub(&self, language: Language) -> &'static str {
        self.place(language, 0)
    }

    /// One of its towns.
    pub fn town(&self, language: Language, choice: u64) -> &'static str {
        self.place(language, 1 + (choice % 3) as usize)
    }

    /// The local time on the wall.
    pub fn wall_time(&self, at: Timestamp) -> DateTime {
        Offset::constant(self.hours).to_datetime(at)
    }

    /// The country with this code, in either case.
    pub fn find(iso: &str) -> Option<&'static Self> {
        COUNTRIES
            .iter()
            .find(|country| country.iso.eq_ignore_ascii_case(iso))
    }

    fn place(&self, language: Language, index: usize) -> &'static str {
        match language {
            Language::English => self.latin[index],
            Language::Chinese => self.chinese[index % self.chinese.len()],
        }
    }
}

macro_rules! countries {
    ($($iso:literal $name:literal $hours:literal $post:expr, $latin:expr, $chinese:expr;)*) => {
        /// Every country of the sandbox's world.
        pub static COUNTRIES: &[Country] = &[$(Country {
            iso: $iso, name: $name, hours: $hours, post: $post, latin: $latin, chinese: &$chinese,
        }),*];
    };
}

countries! {
    "CN" "China"          8  Some("china-ems"),      ["Guangzhou", "Shenzhen", "Yiwu", "Zhengzhou"], ["广州", "深圳", "义乌", "郑州市"];
    "HK" "Hong Kong [CN]" 8  Some("hong-kong-post"), ["Hong Kong", "Kowloon", "Sha Tin", "Tuen Mun"], ["香港", "九龙", "沙田", "屯门"];
    "SG" "Singapore"      8  Some("singapore-post"), ["Singapore Changi", "Jurong", "Tampines", "Woodlands"], ["新加坡"];
    "JP" "Japan"          9  Some("japan-post"),     ["KAWASAKI HIGASHI", "TOKYO", "OSAKA", "SAPPORO"], ["日本"];
    "PH" "Philippines"    8  Some("phlpost"),        ["Manila", "Quezon City", "Cebu", "Davao"], ["菲律宾"];
    "US" "United States"  -5 Some("usps"),           ["ISC NEW YORK, NY", "RENTON, WA 98056", "DES MOINES IA", "BROOKLYN, NY 11201"], ["美国"];
    "GB" "United Kingdom" 0  Some("royal-mail"),     ["Heathrow Worldwide DC", "Bristol", "Stoke-on-Trent", "Leeds"], ["英国"];
    "DE" "Germany"        1  Some("deutsch-post"),   ["Frankfurt (IPZ)", "Köln", "München", "Saarbrücken"], ["德国"];
    "NL" "Netherlands"    1  Some("postnl-3s"),      ["Amsterdam Schiphol", "'s-Hertogenbosch", "Utrecht", "Den Haag"], ["荷兰"];
    "FR" "France"         1  None,                   ["Roissy CDG", "Lyon", "Orléans", "Besançon"], ["法国"];
    "BR" "Brazil"         -3 None,                   ["Curitiba", "São Paulo", "Brasília", "Goiânia"], ["巴西"];
    "IL" "Israel"         2  None,                   ["Ben Gurion", "Tel Aviv", "Haifa", "Jerusalem"], ["以色列"];
}
