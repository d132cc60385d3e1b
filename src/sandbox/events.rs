//! What can happen to a parcel, and how couriers word it.

use super::countries::Language;
use super::status::Status;

/// A milestone of the journey, named as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// First information.
    ItemReceived,
    /// Left the outward office of exchange.
    ItemDispatched,
    /// At the airport of departure.
    DepartfromAirport,
    /// In the destination country.
    ArrivalfromAbroad,
    /// Handed to customs.
    CustomsClearance,
    /// At the delivery office.
    DestinationArrived,
}

impl Milestone {
    /// All six, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::ItemReceived,
        Self::ItemDispatched,
        Self::DepartfromAirport,
        Self::ArrivalfromAbroad,
        Self::CustomsClearance,
        Self::DestinationArrived,
    ];

    /// Its key and its `ItemNode`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ItemReceived => "ItemReceived",
            Self::ItemDispatched => "ItemDispatched",
            Self::DepartfromAirport => "DepartfromAirport",
            Self::ArrivalfromAbroad => "ArrivalfromAbroad",
            Self::CustomsClearance => "CustomsClearance",
            Self::DestinationArrived => "DestinationArrived",
        }
    }
}

/// Where an event happens, seen from the parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// No place is told; the clock on the wall is the sender's.
    Unsaid,
    /// The sender's town.
    OriginTown,
    /// The hub of the sender's country.
    OriginHub,
    /// The hub of the receiver's country.
    DestinationHub,
    /// The receiver's town.
    DestinationTown,
}

/// One kind of event. Without words it changes the status but leaves no checkpoint.
#[derive(Debug)]
pub struct Event {
    /// The substatus; the status is its beginning.
    pub substatus: &'static str,
    /// Where it happens.
    pub place: Place,
    /// The milestone it sets.
    pub node: Option<Milestone>,
    english: &'static str,
    chinese: &'static str,
}

impl Event {
    /// The status that comes with the substatus.
    pub fn status(&self) -> Status {
        let word = self
            .substatus
            .trim_end_matches(|end: char| end.is_ascii_digit());
        Status::parse(word).expect("a test parses the substatus of every event")
    }

    /// Whether it cannot happen to a parcel that stays in the country.
    pub fn crosses_a_border(&self) -> bool {
        let abroad = [ItemDispatched, ArrivalfromAbroad, CustomsClearance];
        self.node.is_some_and(|node| abroad.contains(&node))
            || ["transit005", "exception006"].contains(&self.substatus)
    }

    /// The courier's words, if it says anything.
    pub fn words(&self, language: Language) -> Option<&'static str> {
        let words = match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        };
        (!words.is_empty()).then_some(words)
    }
}

macro_rules! events {
    ($($name:ident $substatus:literal $place:ident $node:expr, $english:literal $chinese:literal;)*) => {
        $(pub static $name: Event = Event {
            substatus: $substatus, place: Place::$place, node: $node, english: $english, chinese: $chinese,
        };)*
        #[cfg(test)]
        pub static EVENTS: &[&Event] = &[$(&$name),*];
    };
}

use Milestone::*;

events! {
    LABELLED      "notfound001"    Unsaid          None, "Shipping information received" "电子信息已收到";
    UNKNOWN       "notfound002"    Unsaid          None, "" "";
    ACCEPTED      "transit001"     OriginTown      Some(ItemReceived), "Acceptance" "已收件";
    AT_HUB        "transit002"     OriginHub       None, "Processed Through Facility" "到达处理中心";
    DISPATCHED    "transit006"     OriginHub       Some(ItemDispatched), "Dispatched from outward office of exchange" "已交航空公司/离开出口互换局";
    DEPARTED      "transit007"     OriginHub       Some(DepartfromAirport), "Departed from airport" "航班已起飞";
    ARRIVED       "transit004"     DestinationHub  Some(ArrivalfromAbroad), "Arrived in destination country" "到达目的地国家";
    AT_CUSTOMS    "transit001"     DestinationHub  Some(CustomsClearance), "Handed over to customs" "送交海关";
    CLEARED       "transit005"     DestinationHub  None, "Customs clearance completed" "海关放行";
    ON_THE_ROAD   "transit001"     Unsaid          None, "In Transit to Next Facility" "运输途中";
    AT_OFFICE     "transit003"     DestinationTown Some(DestinationArrived), "Arrived at delivery office" "到达投递局";
    CALLED        "pickup003"      DestinationTown None, "Recipient contacted before delivery" "已联系收件人";
    OUT           "pickup001"      DestinationTown None, "Out for Delivery" "安排投递";
    AT_COUNTER    "pickup002"      DestinationTown None, "Available for pickup / held at counter" "到达代收点,等待取件";
    DELIVERED     "delivered001"   DestinationTown None, "Delivered" "已妥投";
    COLLECTED     "delivered002"   DestinationTown None, "Collected by addressee" "收件人已取走";
    SIGNED        "delivered003"   DestinationTown None, "Delivered, signed for" "已签收";
    AT_DOOR       "delivered004"   DestinationTown None, "Delivered, left at front door" "已放在门口";
    BAD_ADDRESS   "undelivered001" DestinationTown None, "Delivery failed: address incomplete" "投递失败:地址不详";
    ABSENT        "undelivered002" DestinationTown None, "Delivery attempted: recipient absent" "未妥投:收件人不在";
    NOBODY        "undelivered003" DestinationTown None, "Delivery failed: recipient could not be found" "未妥投:查无此人";
    FAILED        "undelivered004" DestinationTown None, "Delivery could not be completed today" "未妥投:其他原因";
    UNCLAIMED     "exception004"   DestinationTown None, "Unclaimed" "逾期未领";
    TROUBLE       "exception005"   DestinationHub  None, "Exception: weather delay, see notice 24/7" "异常:天气延误";
    HELD          "exception006"   DestinationHub  None, "Held by customs" "海关扣留";
    DAMAGED       "exception007"   DestinationHub  None, "Damaged in transit, item discarded" "运输途中破损";
    CANCELLED     "exception008"   OriginTown      None, "Shipment cancelled by sender" "寄件人取消";
    REFUSED       "exception009"   DestinationTown None, "Refused by addressee" "收件人拒收";
    RETURNED      "exception010"   OriginTown      None, "Returned to sender" "已退回寄件人";
    GOING_BACK    "exception011"   DestinationHub  None, "On its way back to sender" "退回途中";
    GIVEN_UP      "expired001"     Unsaid          None, "" "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_status_and_words_in_both_languages_or_none() {
        for event in EVENTS {
            assert!(Status::ALL.contains(&event.status()));
            let english = event.words(Language::English);
            assert_eq!(english.is_some(), event.words(Language::Chinese).is_some());
        }
    }

    #[test]
    fn every_current_substatus_of_the_documentation_occurs() {
        let counts = [
            ("notfound", 1..=2),
            ("transit", 1..=7),
            ("pickup", 1..=3),
            ("delivered", 1..=4),
            ("undelivered", 1..=4),
            ("exception", 4..=11),
            ("expired", 1..=1),
        ];
        for (status, numbers) in counts {
            for number in numbers {
                let substatus = format!("{status}{number:03}");
                assert!(
                    EVENTS.iter().any(|event| event.substatus == substatus),
                    "{substatus}"
                );
            }
        }
    }
}
