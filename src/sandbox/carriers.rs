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

/// Whether a carrier's own site speaks more than one language, so that the service can ask it in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// In the carrier's language alone.
    Monolingual,
    /// In English too.
    Multilingual,
}

/// The two kinds into which the carrier list sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A courier company.
    Express,
    /// A country's post.
    Post,
}

/// A courier as the service describes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Carrier {
    /// Its code on the wire.
    pub code: &'static str,
    /// Its name in the carrier list.
    pub name: &'static str,
    /// Its Chinese name; empty for the few that have none.
    pub chinese_name: &'static str,
    /// Company or post.
    pub kind: Kind,
    /// ISO code of the country where it starts.
    country: &'static str,
    /// Its site; the slashes make the escaping visible.
    pub weblink: &'static str,
    /// Its hotline; the carrier list has none for one in ten.
    pub phone: &'static str,
    /// How its numbers look.
    pub format: Format,
    /// How exactly it writes times.
    pub precision: Precision,
    /// What it writes in.
    pub language: Language,
    /// How far it goes.
    pub reach: Reach,
    /// In how many languages it answers.
    pub site: Site,
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

/// The first so many carriers have parcels in every world.
pub const WITH_PARCELS: usize = 16;

macro_rules! carriers {
    ($($code:literal $country:literal $precision:ident $language:ident $reach:ident $format:expr, $phone:literal $weblink:literal, $site:ident $kind:ident $name:literal $chinese_name:literal;)*) => {
        /// Every carrier, the codes against which 4015 is judged.
        pub static CARRIERS: &[Carrier] = &[$(Carrier {
            code: $code, country: $country, weblink: $weblink, phone: $phone, format: $format,
            precision: Precision::$precision, language: Language::$language, reach: Reach::$reach,
            site: Site::$site, kind: Kind::$kind, name: $name, chinese_name: $chinese_name,
        }),*];
    };
}

carriers! {
    "china-ems"           "CN" Second Chinese Handover Format::S10("LS", "CN"),        "11183"                     "http://www.ems.com.cn/",             Multilingual Post    "China EMS" "中国 EMS";
    "china-post"          "CN" Second Chinese Handover Format::S10("RY", "CN"),        "11185"                     "http://www.chinapost.com.cn/",       Monolingual  Post    "China post" "中国邮政";
    "hong-kong-post"      "HK" Minute English Handover Format::S10("RB", "HK"),        "852-2921-2222"             "http://www.hongkongpost.hk/",        Multilingual Post    "Hong Kong Post" "香港邮政";
    "singapore-post"      "SG" Minute English Handover Format::S10("RF", "SG"),        "65-6841-2000"              "http://www.singpost.com/",           Monolingual  Post    "Singapore Post" "新加坡邮政(小包)";
    "japan-post"          "JP" Minute English Handover Format::S10("RN", "JP"),        "0120-5931-55"              "http://www.post.japanpost.jp/",      Multilingual Post    "Japan Post" "日本邮政";
    "phlpost"             "PH" Minute English Handover Format::S10("RR", "PH"),        "+ (63) 854-9825"           "http://www.phlpost.gov.ph/",         Monolingual  Post    "Philpost" "菲律宾邮政";
    "royal-mail"          "GB" Second English Handover Format::S10("JE", "GB"),        "03457-740-740"             "http://www.royalmail.com/",          Monolingual  Post    "United Kingdom Royal Mail" "英国皇家邮政";
    "deutsch-post"        "DE" Minute English Handover Format::S10("RX", "DE"),        "0228-4333112"              "http://www.deutschepost.de/",        Multilingual Post    "Deutsche Post Mail" "德国邮政";
    "postnl-3s"           "NL" Second English Handover Format::Digits("3SPGRA", 9),    "088-225-5555"              "http://www.postnl.nl/",              Multilingual Post    "PostNL International 3S" "荷兰邮政-PostNL 3S";
    "4px"                 "CN" Minute Chinese Handover Format::Digits("3004", 8),      "86-755-23508000"           "http://express.4px.com/",            Multilingual Express "4PX" "递四方";
    "yunexpress"          "CN" Second Chinese Handover Format::Digits("YT26", 14),     "4000-2621-26"              "http://www.yunexpress.com/",         Multilingual Express "YunExpress" "云途物流";
    "usps"                "US" Minute English Domestic Format::Digits("9400", 18),     "1-800-275-8777"            "http://www.usps.com/",               Monolingual  Post    "USPS" "美国邮政";
    "sto"                 "CN" Second Chinese Domestic Format::Digits("40", 10),       "95543"                     "http://www.sto.cn/",                 Monolingual  Express "STO Express" "申通快递";
    "dhl"                 "DE" Minute English Door     Format::Digits("", 10),         "1-800-225-5345"            "http://www.dhl.com/",                Multilingual Express "DHL" "DHL";
    "fedex"               "US" Second English Door     Format::Digits("7", 11),        "1-800-463-3339"            "http://www.fedex.com/",              Multilingual Express "Fedex" "Fedex-联邦快递";
    "ups"                 "US" Minute English Door     Format::Digits("1Z97X17X", 10), "1-800-742-5877"            "http://www.ups.com/",                Multilingual Express "UPS" "UPS";
    "tnt"                 "NL" Minute English Door     Format::Digits("8", 8),         "1 800 558 5555"            "http://www.tnt.com/",                Multilingual Express "TNT" "TNT";
    "australia-post"      "AU" Second English Handover Format::S10("RP", "AU"),        "61 3 8847 9980"            "http://auspost.com.au/",             Monolingual  Post    "Australia Post" "澳大利亚邮政";
    "canada-post"         "CA" Minute English Handover Format::S10("LM", "CA"),        "1 866 607 6301"            "http://www.canadapost.ca/",          Multilingual Post    "Canada Post" "加拿大邮政";
    "new-zealand-post"    "NZ" Minute English Handover Format::S10("RV", "NZ"),        "64 9 367 9710"             "http://www.nzpost.co.nz/",           Monolingual  Post    "New Zealand Post" "新西兰邮政";
    "russian-post"        "RU" Minute English Handover Format::S10("RO", "RU"),        "+7 (495) 956-20-67"        "http://pochta.ru/",                  Multilingual Post    "Russian Post" "俄罗斯邮政";
    "laposte"             "FR" Minute English Handover Format::S10("RK", "FR"),        "33 3631"                   "http://www.laposte.fr/",             Multilingual Post    "La Poste" "法国邮政-La Poste";
    "colissimo"           "FR" Minute English Domestic Format::Digits("6A", 11),       ""                          "http://www.colissimo.fr/",           Monolingual  Post    "Colissimo" "法国邮政-Colissimo";
    "chronopost"          "FR" Second English Handover Format::S10("EY", "FR"),        "0969 391 391"              "http://www.chronopost.fr/",          Multilingual Post    "France EMS - Chronopost" "法国 EMS-Chronopost";
    "poste-italiane"      "IT" Minute English Handover Format::S10("RC", "IT"),        "39 803 160"                "http://www.poste.it/",               Monolingual  Post    "Poste Italiane" "意大利邮政";
    "correos-spain"       "ES" Minute English Handover Format::S10("RF", "ES"),        "+34 902197197"             "http://www.correos.es/",             Multilingual Post    "Correos" "西班牙邮政";
    "ctt"                 "PT" Minute English Handover Format::S10("RL", "PT"),        "(351) 707262626"           "http://www.ctt.pt/",                 Monolingual  Post    "Portugal Post - CTT" "葡萄牙邮政-CTT";
    "brazil-correios"     "BR" Minute English Handover Format::S10("JN", "BR"),        "55 61 3003 0100"           "http://www.correios.com.br/",        Monolingual  Post    "Brazil Correios" "巴西邮政";
    "correos-mexico"      "MX" Minute English Handover Format::S10("RM", "MX"),        "(55) 5340 3300"            "http://www.correosdemexico.gob.mx/", Monolingual  Post    "Mexico Post" "墨西哥邮政";
    "india-post"          "IN" Second English Handover Format::S10("RI", "IN"),        "+91 1800 11 2011"          "http://www.indiapost.gov.in/",       Monolingual  Post    "India Post" "印度邮政";
    "korea-post"          "KR" Minute English Handover Format::S10("RB", "KR"),        "82-2-2108-9895"            "http://www.epost.go.kr/",            Multilingual Post    "Korea Post" "韩国邮政";
    "taiwan-post"         "TW" Second Chinese Handover Format::S10("RD", "TW"),        "0800-700-365"              "http://ipost.post.gov.tw/",          Multilingual Post    "Chunghwa POST" "中華郵政";
    "swiss-post"          "CH" Minute English Handover Format::S10("RS", "CH"),        "0848 888 888"              "http://www.post.ch/",                Multilingual Post    "Swiss Post" "瑞士邮政";
    "belgium-post"        "BE" Minute English Handover Format::S10("RT", "BE"),        "+32 2 276 22 74"           "http://www.bpost.be/",               Multilingual Post    "Bpost" "比利时邮政";
    "sweden-posten"       "SE" Minute English Handover Format::S10("RE", "SE"),        "+46 771 33 33 10"          "http://www.posten.se/",              Multilingual Post    "Sweden Posten" "瑞典邮政";
    "posten-norge"        "NO" Minute English Handover Format::S10("RG", "NO"),        "+(47) 21 31 62 60"         "http://www.posten.no/",              Multilingual Post    "Posten Norge" "挪威邮政";
    "an-post"             "IE" Minute English Handover Format::S10("RH", "IE"),        "(353) 01-7057600"          "http://www.anpost.ie/",              Monolingual  Post    "An Post" "爱尔兰邮政";
    "magyar-posta"        "HU" Minute English Handover Format::S10("RQ", "HU"),        "(36)/06 40 46 46 46"       "http://posta.hu/",                   Multilingual Post    "Magyar Posta" "匈牙利邮政";
    "ukraine-post"        "UA" Minute English Handover Format::S10("RW", "UA"),        "+380 44 323 20 99"         "http://ukrposhta.ua/",               Multilingual Post    "Ukraine Post" "乌克兰邮政";
    "emirates-post"       "AE" Minute English Handover Format::S10("RA", "AE"),        "(971) /600 599999"         "http://www.epg.gov.ae/",             Multilingual Post    "Emirates Post" "阿联酋邮政";
    "netherlands-post"    "NL" Minute English Handover Format::S10("RA", "NL"),        ""                          "http://parcels-uk.tntpost.com/",     Monolingual  Post    "Netherlands Post" "荷兰邮政(大包)";
    "parcel-force"        "GB" Second English Handover Format::S10("CP", "GB"),        "0344 800 4466"             "http://www.parcelforce.com/",        Monolingual  Post    "Parcel Force" "英国邮政parcelforce";
    "singapore-speedpost" "SG" Minute English Handover Format::S10("EZ", "SG"),        "(+65) 6222 5777"           "http://www.speedpost.com.sg/",       Monolingual  Post    "Singapore Speedpost" "新加坡特快专递";
    "dhl-germany"         "DE" Minute English Domestic Format::Digits("00340434", 12), "+49 228 28609898"          "http://www.dhl.de/",                 Multilingual Post    "Deutsche Post DHL" "德国DHL";
    "sf-express"          "CN" Second Chinese Door     Format::Digits("SF1", 12),      "95338"                     "http://www.sf-express.com/",         Multilingual Express "S.F. Express" "顺丰速运";
    "zto"                 "CN" Second Chinese Domestic Format::Digits("7", 11),        "95311"                     "http://www.zto.cn/",                 Monolingual  Express "ZTO Express" "中通快递";
    "yto"                 "CN" Second Chinese Domestic Format::Digits("YT", 13),       "95554"                     "http://www.yto.net.cn/",             Monolingual  Express "YTO Express" "圆通速递";
    "yunda"               "CN" Second Chinese Domestic Format::Digits("43", 11),       ""                          "http://www.yundaex.com/",            Monolingual  Express "Yunda Express" "韵达速递";
    "bestex"              "CN" Second Chinese Domestic Format::Digits("50", 12),       "95320"                     "http://www.800bestex.com/",          Monolingual  Express "Best Express" "百世快递";
    "yanwen"              "CN" Second Chinese Handover Format::S10("UF", "YP"),        "86 0755-61190719/20/21/22" "http://www.yw56.com.cn/",            Multilingual Express "YANWEN" "燕文";
    "cainiao"             "CN" Second Chinese Handover Format::Digits("LP00", 12),     ""                          "http://global.cainiao.com/",         Multilingual Express "Cainiao" "菜鸟";
    "wishpost"            "CN" Minute Chinese Handover Format::Digits("WI0", 12),      ""                          "http://www.wishpost.cn/",            Multilingual Express "WishPost" "Wish邮";
    "aramex"              "AE" Minute English Door     Format::Digits("3", 10),        "+971 600 544000"           "http://www.aramex.com/",             Multilingual Express "Aramex" "";
    "dpd"                 "DE" Minute English Door     Format::Digits("0150", 10),     "+49 1806 373200"           "http://www.dpd.com/",                Multilingual Express "DPD" "DPD";
    "gls"                 "DE" Minute English Door     Format::Digits("5", 10),        ""                          "http://gls-group.eu/",               Multilingual Express "GLS" "";
}

#[cfg(test)]
mod tests {
    use super::super::countries::COUNTRIES;
    use super::*;

    #[test]
    fn every_carrier_has_its_country_and_every_post_is_a_carrier() {
        assert!(CARRIERS.len() >= 40);
        for carrier in CARRIERS {
            assert_eq!(carrier.country().iso, carrier.country);
            assert_eq!(Carrier::find(carrier.code), Some(carrier));
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
