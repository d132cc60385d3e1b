//! Texts of one tracking that lie side by side. Read one after the other they are in the processor's cache by then, where each
//! in a place of its own would be waited for; and they take less memory.

use std::hint::black_box;

use arcstr::{ArcStr, Substr};

use super::{Checkpoint, Leg, LocalTime, Metadata, Milestones, OrderTime, Tracking};

/// So many bytes are read from memory together.
const LINE: usize = 64;

/// A text that may be a part of a longer one, which it has in common with others.
pub type Text = Substr;

impl Tracking {
    /// The same, whose texts lie side by side in the order in which they are mostly read.
    pub fn packed(mut self) -> Self {
        let mut all = String::new();
        self.each_text(&mut |text| all.push_str(text));
        let (all, mut at) = (ArcStr::from(all), 0);
        self.each_text(&mut |text| {
            let end = at + text.len();
            *text = all.substr(at..end);
            at = end;
        });
        self
    }

    /// About how many bytes it takes, with its texts.
    pub fn bytes(&self) -> usize {
        let legs = [&self.origin, &self.destination].into_iter().flatten();
        let rows: usize = legs.map(|leg| leg.checkpoints.len()).sum();
        let mut bytes = size_of::<Self>() + rows * size_of::<Checkpoint>();
        // They are shared with the original, so that this copies none.
        self.clone().each_text(&mut |text| bytes += text.len());
        bytes
    }

    /// Reads a little of each part of it, for whoever is about to read all of it: so all parts are waited for together, and not
    /// one after the other.
    pub fn read_ahead(&self) {
        let legs = [&self.origin, &self.destination].into_iter().flatten();
        let rows = legs.flat_map(|leg| &leg.checkpoints);
        let mut texts = self.last_event.as_ref();
        let mut read = 0;
        for row in rows {
            // These stand at both ends of it.
            read ^= row.time.is_some() as u8 ^ row.milestone.is_some() as u8;
            texts = texts.or(row.description.as_ref());
        }
        if let Some(text) = texts {
            let lines = text.parent().as_bytes().iter().step_by(LINE);
            read = lines.fold(read, |read, byte| read ^ byte);
        }
        black_box(read);
    }

    fn each_text(&mut self, told: &mut impl FnMut(&mut Text)) {
        let Self {
            upstream_id,
            metadata,
            origin_country,
            destination_country,
            service_code,
            signed_by,
            origin,
            destination,
            last_event,
            last_event_time,
            ..
        } = self;
        last_event.iter_mut().for_each(&mut *told);
        of_times([last_event_time], told);
        for leg in [origin, destination].into_iter().flatten() {
            of_leg(leg, told);
        }
        for country in [origin_country, destination_country].into_iter().flatten() {
            told(country.text_mut());
        }
        of_metadata(metadata, told);
        let others = [upstream_id, service_code, signed_by];
        others.into_iter().flatten().for_each(told);
    }
}

fn of_leg(leg: &mut Leg, told: &mut impl FnMut(&mut Text)) {
    for row in &mut leg.checkpoints {
        let Checkpoint {
            time,
            description,
            location,
            milestone,
            ..
        } = row;
        of_times([time], told);
        let texts = [description, location, milestone];
        texts.into_iter().flatten().for_each(&mut *told);
    }
    if let Some(reached) = &mut leg.milestones {
        let Milestones {
            received,
            dispatched,
            departed_airport,
            arrived_abroad,
            customs_clearance,
            arrived_destination,
        } = &mut **reached;
        let times = [received, dispatched, departed_airport];
        of_times(times, told);
        of_times(
            [arrived_abroad, customs_clearance, arrived_destination],
            told,
        );
    }
    let texts = [&mut leg.reference_number, &mut leg.weblink, &mut leg.phone];
    texts.into_iter().flatten().for_each(told);
}

fn of_metadata(metadata: &mut Metadata, told: &mut impl FnMut(&mut Text)) {
    let Metadata {
        title,
        order_id,
        order_time,
        comment,
        customer_name,
        customer_emails,
        customer_phone,
        logistics_channel,
        archived: _,
    } = metadata;
    let texts = [
        title,
        order_id,
        comment,
        customer_name,
        customer_phone,
        logistics_channel,
    ];
    texts.into_iter().flatten().for_each(&mut *told);
    customer_emails.iter_mut().for_each(&mut *told);
    if let Some(OrderTime::Written(text)) = order_time {
        told(text);
    }
}

fn of_times<const N: usize>(times: [&mut Option<LocalTime>; N], told: &mut impl FnMut(&mut Text)) {
    let times = times.into_iter().flatten();
    times.map(LocalTime::text_mut).for_each(told);
}
