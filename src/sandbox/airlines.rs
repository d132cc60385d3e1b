//! The airlines whose waybills the sandbox knows, and the airports between which they fly.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// An airline by the prefix of its waybills.
#[derive(Debug, PartialEq, Eq)]
pub struct Airline {
    /// The three digits with which its waybills begin.
    prefix: &'static str,
    /// The two letters or digits with which its flights begin.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its site.
    pub url: &'static str,
    /// Its tracking page up to the waybill; some have none.
    track_url: &'static str,
}

impl Airline {
    /// The airline of a waybill.
    pub fn of(waybill: &str) -> Option<&'static Self> {
        AIRLINES
            .iter()
            .find(|airline| waybill.starts_with(airline.prefix))
    }

    /// Its tracking page for a waybill, or `""`.
    pub fn track_url(&self, waybill: &str) -> String {
        match self.track_url {
            "" => String::new(),
            page => format!("{page}{waybill}"),
        }
    }
}

/// An airport.
#[derive(Debug, PartialEq, Eq)]
pub struct Airport {
    /// Its IATA code.
    pub iata: &'static str,
    /// Hours ahead of UTC.
    hours: i8,
}

impl Airport {
    /// The airport with this code.
    pub fn find(iata: &str) -> Option<&'static Self> {
        AIRPORTS.iter().find(|airport| airport.iata == iata)
    }

    /// The local time on its wall.
    pub fn wall_time(&self, at: Timestamp) -> DateTime {
        Offset::constant(self.hours).to_datetime(at)
    }

    /// When its wall shows a local time.
    pub fn at(&self, wall_time: DateTime) -> Timestamp {
        let at = Offset::constant(self.hours).to_timestamp(wall_time);
        at.unwrap_or(Timestamp::MAX)
    }
}

macro_rules! airlines {
    ($($prefix:literal $code:literal $name:literal $url:literal $track_url:literal;)*) => {
        static AIRLINES: &[Airline] = &[$(Airline {
            prefix: $prefix, code: $code, name: $name, url: $url, track_url: $track_url,
        }),*];
    };
}

airlines! {
    "016" "UA" "United Cargo"             "https://www.unitedcargo.com/"          "";
    "020" "LH" "Lufthansa Cargo"          "https://www.lufthansa-cargo.com/"      "https://www.lufthansa-cargo.com/eservices/etracking?awb=";
    "074" "KL" "KLM Cargo"                "https://www.afklcargo.com/"            "https://www.afklcargo.com/mycargo/shipment/detail/";
    "157" "QR" "Qatar Airways Cargo"      "https://www.qrcargo.com/"              "https://www.qrcargo.com/s/track-your-shipment?awb=";
    "160" "CX" "Cathay Pacific Cargo"     "https://www.cathaycargo.com/"          "https://www.cathaycargo.com/en-us/track-and-trace.html?awb=";
    "172" "CV" "Cargolux Airlines"        "https://www.cargolux.com/"             "https://cvtnt.champ.aero/trackntrace?awbnumber=";
    "176" "EK" "Emirates SkyCargo"        "https://www.skycargo.com/"             "https://www.skycargo.com/track?awb=";
    "180" "KE" "Korean Air Cargo"         "https://cargo.koreanair.com/"          "";
    "205" "NH" "ANA Cargo"                "https://www.anacargo.jp/"              "https://www.anacargo.jp/en/int/tracking/?awb=";
    "235" "TK" "Turkish Cargo"            "https://www.turkishcargo.com/"         "https://www.turkishcargo.com/en/online-services/shipment-tracking?awb=";
    "618" "SQ" "Singapore Airlines Cargo" "https://www.siacargo.com/"             "https://www.siacargo.com/track-shipment/?awb=";
    "784" "CZ" "China Southern Cargo"     "https://cargo.csair.com/"              "";
    "999" "CA" "Air China Cargo"          "https://www.airchinacargo.com/"        "https://www.airchinacargo.com/search_order.php?awb=";
}

macro_rules! airports {
    ($($iata:literal $hours:literal;)*) => {
        /// Every airport. Their number is a prime, so that any stride visits each of them once.
        pub static AIRPORTS: &[Airport] = &[$(Airport { iata: $iata, hours: $hours }),*];
    };
}

airports! {
    "LUX" 1; "PVG" 8; "FRA" 1; "HKG" 8; "AMS" 1; "DOH" 3; "DXB" 4; "ICN" 9; "NRT" 9; "IST" 3; "SIN" 8; "ORD" -6; "LAX" -8;
}
