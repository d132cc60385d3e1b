//! What is known of a tracking after the account or a courier answered once more.

use super::{
    Change, Country, Leg, Metadata, NewTracking, Status, StatusOverride, Text, Tracking,
    TrackingChanges,
};

impl Tracking {
    /// This tracking after a realtime answer. Such answers never hold what belongs to the account (its dates, the shop's
    /// metadata), and may lack anything else as well: what they lack stays as it was, unless it speaks of an earlier state.
    pub fn refreshed_by(&self, answer: &Self) -> Self {
        let known = self.clone();
        let answer = answer.clone();
        let has_news = [&answer.origin, &answer.destination]
            .into_iter()
            .flatten()
            .any(|leg| !leg.checkpoints.is_empty());
        // A courier who reports no event and no status has nothing to say against what is known.
        let status = match answer.status {
            Status::Unknown(nothing) if nothing.is_empty() => known.status.clone(),
            Status::Pending | Status::NotFound if !has_news => known.status.clone(),
            status => status,
        };
        let is_same = status == known.status;
        Self {
            substatus: answer.substatus.or(known.substatus.filter(|_| is_same)),
            updating: answer.updating.or(known.updating),
            origin_country: answer.origin_country.or(known.origin_country),
            destination_country: answer.destination_country.or(known.destination_country),
            transit_days: answer.transit_days.or(known.transit_days),
            idle_days: answer.idle_days.or(known.idle_days.filter(|_| !has_news)),
            service_code: answer.service_code.or(known.service_code),
            signed_by: answer.signed_by.or(known.signed_by),
            origin: Leg::refreshed(known.origin, answer.origin),
            destination: Leg::refreshed(known.destination, answer.destination),
            last_event: answer.last_event.or(known.last_event.filter(|_| !has_news)),
            last_event_time: answer
                .last_event_time
                .or(known.last_event_time.filter(|_| !has_news)),
            status,
            ..known
        }
    }

    /// This tracking after the account confirmed these changes. A status that goes back to the carrier's stays as it is
    /// until the carrier is asked.
    pub fn changed_by(&self, changes: &TrackingChanges) -> Self {
        let mut changed = self.clone();
        let metadata = &mut changed.metadata;
        apply(&changes.title, &mut metadata.title);
        apply(&changes.order_id, &mut metadata.order_id);
        apply(&changes.customer_name, &mut metadata.customer_name);
        apply(&changes.customer_phone, &mut metadata.customer_phone);
        apply(&changes.logistics_channel, &mut metadata.logistics_channel);
        match &changes.customer_email {
            Change::Keep => {}
            Change::Clear => metadata.customer_emails = Box::default(),
            Change::Set(address) => metadata.customer_emails = [address.as_str().into()].into(),
        }
        metadata.archived = changes.archived.or(metadata.archived);
        match changes.destination_country {
            Change::Keep => {}
            Change::Clear => changed.destination_country = None,
            Change::Set(code) => changed.heads_for(Country::coded(code)),
        }
        match changes.status {
            Some(StatusOverride::Delivered) => changed.stands_at(Status::Delivered),
            Some(StatusOverride::Exception) => changed.stands_at(Status::Exception),
            Some(StatusOverride::Automatic) | None => {}
        }
        changed
    }

    /// This tracking after the upstream was told to ask its courier no more.
    pub fn stopped(&self) -> Self {
        Self {
            updating: Some(false),
            ..self.clone()
        }
    }

    /// This tracking with what an answer to a change states: such answers hold what belongs to the account and no
    /// checkpoints. What the answer lacks stays, so `changed_by` comes first, or a cleared field would stay as well.
    pub fn with_metadata_of(&self, answer: &Self) -> Self {
        let mut merged = self.clone();
        if !is_unstated(&answer.status) {
            merged.stands_at(answer.status.clone());
        }
        if let Some(country) = &answer.destination_country {
            merged.heads_for(country.clone());
        }
        Self {
            upstream_id: answer.upstream_id.clone().or(merged.upstream_id),
            substatus: answer.substatus.clone().or(merged.substatus),
            metadata: merged.metadata.overlaid_by(&answer.metadata),
            created_at: answer.created_at.or(merged.created_at),
            updated_at: answer.updated_at.or(merged.updated_at),
            ..merged
        }
    }

    /// This tracking with what the shop sent along when it was added and the answer did not repeat.
    pub fn added_as(&self, new: &NewTracking) -> Self {
        let mut added = self.clone();
        let phone = &mut added.metadata.customer_phone;
        *phone = phone
            .take()
            .or(new.customer_phone.as_deref().map(Text::from));
        added.destination_country = added
            .destination_country
            .or_else(|| new.destination_country.map(Country::coded));
        added
    }

    /// This tracking with what lists never tell, as it was known before.
    pub fn with_what_lists_lack(&self, known: &Self) -> Self {
        let mut listed = self.clone();
        let phone = &mut listed.metadata.customer_phone;
        *phone = phone
            .take()
            .or_else(|| known.metadata.customer_phone.clone());
        listed.destination_country = listed
            .destination_country
            .or_else(|| known.destination_country.clone());
        listed
    }

    /// Whether a list would tell less of it than is known.
    pub fn has_more_than(&self, listed: &Self) -> bool {
        self.metadata.customer_phone.is_some() && listed.metadata.customer_phone.is_none()
            || self.destination_country.is_some() && listed.destination_country.is_none()
    }

    /// This tracking with what the shop wrote on a later state of it, which couriers do not change.
    pub fn with_the_shops_part_of(&self, later: &Self) -> Self {
        Self {
            metadata: later.metadata.clone(),
            updating: later.updating.or(self.updating),
            destination_country: later
                .destination_country
                .clone()
                .or_else(|| self.destination_country.clone()),
            ..self.clone()
        }
    }

    /// Sets the status; the substatus of another one goes with it.
    pub(super) fn stands_at(&mut self, status: Status) {
        if self.status != status {
            self.substatus = None;
        }
        self.status = status;
    }

    /// Sets the destination; the name that is known for the same country stays.
    fn heads_for(&mut self, country: Country) {
        let known = self.destination_country.as_ref().and_then(Country::code);
        if known.is_none() || known != country.code() {
            self.destination_country = Some(country);
        }
    }
}

impl Metadata {
    fn overlaid_by(self, stated: &Self) -> Self {
        let stated = stated.clone();
        Self {
            title: stated.title.or(self.title),
            order_id: stated.order_id.or(self.order_id),
            order_time: stated.order_time.or(self.order_time),
            comment: stated.comment.or(self.comment),
            customer_name: stated.customer_name.or(self.customer_name),
            customer_emails: if stated.customer_emails.is_empty() {
                self.customer_emails
            } else {
                stated.customer_emails
            },
            customer_phone: stated.customer_phone.or(self.customer_phone),
            logistics_channel: stated.logistics_channel.or(self.logistics_channel),
            archived: stated.archived.or(self.archived),
        }
    }
}

fn apply(change: &Change<String>, field: &mut Option<Text>) {
    match change {
        Change::Keep => {}
        Change::Clear => *field = None,
        Change::Set(value) => *field = Some(value.as_str().into()),
    }
}

/// An answer without a status is read as one with an empty word for it.
pub(super) fn is_unstated(status: &Status) -> bool {
    matches!(status, Status::Unknown(word) if word.is_empty())
}

#[cfg(test)]
#[path = "revision_tests.rs"]
mod tests;
