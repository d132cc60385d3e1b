//! Cyrillic letters.

pub(super) const NAMES: &str = "получено лично, подписано";

pub(super) const ROLES: &str = "
получил, получила, подписал, подписала, вручено, получатель, отправитель, курьер, водитель, почтальон, клиент, расписался, расписалась
";

pub(super) const LABELS: &str =
    "имя, фио, адресату, вручение адресату, вручено адресату, получателю, подпись, вручение";

pub(super) const TITLES: &str = "господин, госпожа, г-н, г-жа";

pub(super) const BEHIND: &str = "расписался, расписалась, получил посылку, получила посылку";

/// Words between blanks from here on.
pub(super) const NOBODY: &str =
    "получателю адресату отправителю курьером курьеру соседу почтальоном";

pub(super) const OFFICES: &str = "почта почты отделение склад отделении";

pub(super) const STOPS: &str = "в на и по с из для";
