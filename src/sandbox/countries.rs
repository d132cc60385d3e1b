//! The countries that the service names.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// The language in which a courier writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language that a call asks for by its code; whatever is not Chinese is answered in English.
    pub fn asked(code: &str) -> Self {
        let chinese = ["cn", "tw"]
            .iter()
            .any(|chinese| chinese.eq_ignore_ascii_case(code));
        match chinese {
            true => Self::Chinese,
            false => Self::English,
        }
    }
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

    /// The country with this code or English name, in either case and without what stands in brackets.
    pub fn named(text: &str) -> Option<&'static Self> {
        let by_name = |country: &&Self| {
            let plain = country.name.split(" [").next().unwrap_or(country.name);
            [plain, country.name]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(text))
        };
        Self::find(text).or_else(|| COUNTRIES.iter().find(by_name))
    }

    fn place(&self, language: Language, index: usize) -> &'static str {
        match language {
            Language::English => self.latin[index],
            Language::Chinese => self.chinese[index % self.chinese.len()],
        }
    }
}

/// The first so many countries are where a parcel may go whose destination its number decides.
pub const DESTINATIONS: usize = 12;

macro_rules! countries {
    ($($iso:literal $name:literal $hours:literal $post:expr, $latin:expr, $chinese:expr;)*) => {
        /// Every country, first those to which parcels go of themselves.
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
    "AU" "Australia"      10 Some("australia-post"),  ["SYDNEY GATEWAY FACILITY", "PARRAMATTA NSW", "GEELONG VIC", "CAIRNS QLD"], ["澳大利亚"];
    "NZ" "New Zealand"    12 Some("new-zealand-post"), ["Auckland Airport", "Wellington", "Dunedin", "Papaaroha"], ["新西兰"];
    "CA" "Canada"         -5 Some("canada-post"),     ["MISSISSAUGA, ON", "LAVAL, QC", "HALIFAX, NS", "RED DEER, AB"], ["加拿大"];
    "MX" "Mexico"         -6 Some("correos-mexico"),  ["Ciudad de México", "Guadalajara", "Mérida", "Querétaro"], ["墨西哥"];
    "RU" "Russia"         3  Some("russian-post"),    ["Vnukovo", "Kazan", "Tomsk", "Nizhny Novgorod"], ["俄罗斯"];
    "UA" "Ukraine"        2  Some("ukraine-post"),    ["Kyiv PI-1", "Lviv", "Odesa", "Dnipro"], ["乌克兰"];
    "IT" "Italy"          1  Some("poste-italiane"),  ["Milano Linate", "Forlì", "Bari", "L'Aquila"], ["意大利"];
    "ES" "Spain"          1  Some("correos-spain"),   ["Madrid Barajas", "Málaga", "A Coruña", "Lleida"], ["西班牙"];
    "PT" "Portugal"       0  Some("ctt"),             ["Lisboa", "Évora", "Guimarães", "Faro"], ["葡萄牙"];
    "BE" "Belgium"        1  Some("belgium-post"),    ["Brussels X", "Liège", "Gent", "Charleroi"], ["比利时"];
    "CH" "Switzerland"    1  Some("swiss-post"),      ["Zürich-Mülligen", "Genève", "Chur", "Lugano"], ["瑞士"];
    "SE" "Sweden"         1  Some("sweden-posten"),   ["Arlanda", "Malmö", "Umeå", "Örebro"], ["瑞典"];
    "NO" "Norway"         1  Some("posten-norge"),    ["Oslo", "Tromsø", "Bodø", "Ålesund"], ["挪威"];
    "IE" "Ireland"        0  Some("an-post"),         ["Portlaoise Hub", "Cork", "Sligo", "Dún Laoghaire"], ["爱尔兰"];
    "HU" "Hungary"        1  Some("magyar-posta"),    ["Budapest OLK", "Győr", "Pécs", "Szeged"], ["匈牙利"];
    "IN" "India"          5  Some("india-post"),      ["DELHI FOREIGN POST", "PUNE", "KOCHI", "INDORE"], ["印度"];
    "KR" "South Korea"    9  Some("korea-post"),      ["Incheon", "Busan", "Daegu", "Jeju"], ["韩国"];
    "TW" "Taiwan"         8  Some("taiwan-post"),     ["Taipei", "Taichung", "Kaohsiung", "Hualien"], ["台北", "台中", "高雄", "花莲"];
    "AE" "United Arab Emirates" 4 Some("emirates-post"), ["Dubai", "Sharjah", "Abu Dhabi", "Al Ain"], ["阿联酋"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_found_by_code_and_by_name() {
        for text in ["hk", "Hong Kong", "HONG KONG [CN]"] {
            assert_eq!(Country::named(text).map(|country| country.iso), Some("HK"));
        }
        assert_eq!(Country::named("Atlantis"), None);
    }
}
