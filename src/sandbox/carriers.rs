//! The carriers that the sandbox knows.

use super::countries::{Country, Language};
use super::numbers::Format;

/// Whether a carrier's checkpoint times have seconds; both occur in the service's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// `YYYY-MM-DD HH:MM:SS`.
    Second,
    /// `YYYY-MM-DD HH:MM`.
    Minute,
}

/// How far a carrier takes its parcels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Never out of the country.
    Domestic,
    /// Abroad, where the country's own post delivers them.
    Handover,
    /// Abroad and to the door.
    Door,
}

/// A courier as the service describes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Its code on the wire.
    pub code: &'static str,
    /// ISO code of the country where it starts.
    country: &'static str,
    /// Its site; the slashes make the escaping visible.
    pub weblink: &'static str,
    /// Its hotline.
    pub phone: &'static str,
    /// How its numbers look.
    pub format: Format,
    /// How exactly it writes times.
    pub precision: Precision,
    /// What it writes in.
    pub language: Language,
    /// How far it goes.
    pub reach: Reach,
}

impl Carrier {
    /// The carrier with this code, in either case.
    pub fn find(code: &str) -> Option<&'static Self> {
        CARRIERS
            .iter()
            .find(|carrier| carrier.code.eq_ignore_ascii_case(code))
    }

    /// The country where its parcels start.
    pub fn country(&self) -> &'static Country {
        Country::find(self.country).expect("a test finds the country of every carrier")
    }
}

macro_rules! carriers {
    ($($code:literal $country:literal $precision:ident $language:ident $reach:ident $format:expr, $phone:literal $weblink:literal;)*) => {
        /// Every carrier, the codes against which 4015 is judged.
        pub static CARRIERS: &[Carrier] = &[$(Carrier {
            code: $code, country: $country, weblink: $weblink, phone: $phone, format: $format,
            precision: Precision::$precision, language: Language::$language, reach: Reach::$reach,
        }),*];
    };
}

carriers! {
    "china-ems"      "CN" Second Chinese Handover Format::S10("LS", "CN"),      "11183"           "http://www.ems.com.cn/";
    "china-post"     "CN" Second Chinese Handover Format::S10("RY", "CN"),      "11185"           "http://www.chinapost.com.cn/";
    "hong-kong-post" "HK" Minute English Handover Format::S10("RB", "HK"),      "852-2921-2222"   "http://www.hongkongpost.hk/";
    "singapore-post" "SG" Minute English Handover Format::S10("RF", "SG"),      "65-6841-2000"    "http://www.singpost.com/";
    "japan-post"     "JP" Minute English Handover Format::S10("RN", "JP"),      "0120-5931-55"    "http://www.post.japanpost.jp/";
    "phlpost"        "PH" Minute English Handover Format::S10("RR", "PH"),      "+ (63) 854-9825" "http://www.phlpost.gov.ph/";
    "royal-mail"     "GB" Second English Handover Format::S10("JE", "GB"),      "03457-740-740"   "http://www.royalmail.com/";
    "deutsch-post"   "DE" Minute English Handover Format::S10("RX", "DE"),      "0228-4333112"    "http://www.deutschepost.de/";
    "postnl-3s"      "NL" Second English Handover Format::Digits("3SPGRA", 9),  "088-225-5555"    "http://www.postnl.nl/";
    "4px"            "CN" Minute Chinese Handover Format::Digits("3004", 8),    "86-755-23508000" "http://express.4px.com/";
    "yunexpress"     "CN" Second Chinese Handover Format::Digits("YT26", 14),   "4000-2621-26"    "http://www.yunexpress.com/";
    "usps"           "US" Minute English Domestic Format::Digits("9400", 18),   "1-800-275-8777"  "http://www.usps.com/";
    "sto"            "CN" Second Chinese Domestic Format::Digits("40", 10),     "95543"           "http://www.sto.cn/";
    "dhl"            "DE" Minute English Door     Format::Digits("", 10),       "1-800-225-5345"  "http://www.dhl.com/";
    "fedex"          "US" Second English Door     Format::Digits("7", 11),      "1-800-463-3339"  "http://www.fedex.com/";
    "ups"            "US" Minute English Door     Format::Digits("1Z97X17X", 10), "1-800-742-5877" "http://www.ups.com/";
}

#[cfg(test)]
mod tests {
    use super::super::countries::COUNTRIES;
    use super::*;

    #[test]
    fn every_carrier_has_its_country_and_every_post_is_a_carrier() {
        assert!(CARRIERS.len() >= 12);
        for carrier in CARRIERS {
            assert_eq!(carrier.country().iso, carrier.country);
        }
        for post in COUNTRIES.iter().filter_map(|country| country.post) {
            assert!(Carrier::find(post).is_some(), "{post}");
        }
    }

    #[test]
    fn codes_are_found_in_either_case() {
        assert_eq!(Carrier::find("China-EMS"), Carrier::find("china-ems"));
        assert_eq!(Carrier::find("no-such-carrier"), None);
    }
}
