//! What becomes of a replica's calls, as desk.rs has it.

use super::*;

impl Replica {
    pub(super) fn demand(&mut self, world: &mut World) {
        for lane in self.lanes.clone() {
            let waiting = self.calls.values().filter(|call| call.ticket.lane == lane);
            if waiting.count() < LINE {
                self.tickets += 1;
                let number = self.tickets;
                let client = ClientId::named(["a", "b", "c"][world.chance.below(3) as usize]);
                let call = Call {
                    ticket: Ticket { lane, number },
                    client,
                    in_local: false,
                    is_asking: false,
                    round: 0,
                };
                self.calls.insert(number, call);
                self.go_on(number, world);
            }
        }
        let pause = world.chance.below(2 * world.pause);
        world.after(pause, self.number, Event::Demand);
    }

    /// One round of a call that waits.
    pub(super) fn go_on(&mut self, number: u64, world: &mut World) {
        let now = self.clock(world);
        let is_together = self.is_together();
        let Some(call) = self.calls.get_mut(&number) else {
            return;
        };
        if call.is_asking || self.connecting > 0 {
            return;
        }
        if self.closed_until > world.now {
            return self.give_up(number, world);
        }
        let ticket = call.ticket;
        if is_together {
            call.is_asking = true;
            let ask = Command::Ask(ticket, call.client.clone());
            return self.tell(ask, Waits::Turn(number), world);
        }
        if !call.in_local {
            // Who is refused comes again.
            let joined = self.local.join(ticket, &call.client, 15 * SECOND, now);
            call.in_local = joined.is_ok();
            if joined.is_err() {
                return self.wake(number, ASK_AGAIN, world);
            }
        }
        match self.local.turn(ticket, now) {
            Verdict::Go => {
                self.calls.remove(&number);
                self.leaves(ticket, Giver::Local, world);
            }
            Verdict::Wait { until, .. } | Verdict::Closed { until } => {
                let wait = until.saturating_sub(now).min(ASK_AGAIN);
                self.wake(number, wait, world);
            }
        }
    }

    pub(super) fn give_up(&mut self, number: u64, world: &mut World) {
        if let Some(call) = self.calls.remove(&number) {
            self.local.leave(call.ticket);
            self.tell(Command::Leave(call.ticket), Waits::Nothing, world);
        }
    }

    /// Redis gave a turn. An old one does not count.
    pub(super) fn was_given(&mut self, number: u64, late: Micros, again: u8, world: &mut World) {
        let Some(call) = self.calls.get_mut(&number) else {
            return;
        };
        if late <= PUNCTUAL {
            let ticket = call.ticket;
            self.calls.remove(&number);
            return self.leaves(ticket, Giver::Fleet, world);
        }
        if again > 0 {
            let delayed = Command::Delayed(call.ticket);
            return self.tell(delayed, Waits::Punctual(number, again - 1), world);
        }
        self.asks_anew(number, world);
    }

    pub(super) fn asks_anew(&mut self, number: u64, world: &mut World) {
        if let Some(mut call) = self.calls.remove(&number) {
            self.tickets += 1;
            call.ticket.number = self.tickets;
            call.is_asking = false;
            self.calls.insert(self.tickets, call);
            self.wake(self.tickets, 1, world);
        }
    }

    pub(super) fn leaves(&mut self, ticket: Ticket, giver: Giver, world: &mut World) {
        if self.closed_until > world.now {
            return;
        }
        self.left.retain(|(at, ..)| at + 60 * SECOND > world.now);
        self.left.push_back((world.now, ticket, giver));
        if !world.has_warm_connections && world.chance.one_in(10) {
            self.connecting += 1;
            let took = world.chance.below(400 * MS + 1);
            return world.after(took, self.number, Event::Opened(ticket, giver, took));
        }
        world.leaves(self.number, ticket, giver);
    }

    pub(super) fn opened(&mut self, ticket: Ticket, giver: Giver, took: Micros, world: &mut World) {
        let now = self.clock(world);
        let since = world.now - took - TO_CONNECT;
        let left: Vec<_> = self
            .left
            .iter()
            .copied()
            .filter(|(at, ..)| *at >= since)
            .collect();
        for (_, other, by) in left {
            if by == Giver::Local {
                self.local.delayed(other, now);
            }
            if other != ticket {
                self.tell(Command::Delayed(other), Waits::Nothing, world);
            }
        }
        match giver {
            Giver::Fleet => {
                self.tell(Command::Delayed(ticket), Waits::Connected(ticket, 3), world);
            }
            Giver::Local => {
                self.tell(Command::Delayed(ticket), Waits::Nothing, world);
                world.leaves(self.number, ticket, giver);
            }
        }
        self.connecting -= 1;
        if self.connecting == 0 {
            self.wake_all(world);
        }
    }

    pub(super) fn wake(&mut self, number: u64, wait: Micros, world: &mut World) {
        if let Some(call) = self.calls.get_mut(&number) {
            call.round += 1;
            world.after(wait, self.number, Event::GoOn(number, call.round));
        }
    }

    pub(super) fn wake_all(&mut self, world: &mut World) {
        for number in self.calls.keys().copied().collect::<Vec<_>>() {
            self.wake(number, 0, world);
        }
    }

    pub(super) fn hears(&mut self, id: u64, said: Said, done: Micros, world: &mut World) {
        let Some((_, waits)) = self.asked.remove(&id) else {
            return;
        };
        let late = self.clock(world).saturating_sub(done);
        match (waits, said) {
            (Waits::Turn(number), Said::Verdict(verdict)) => match verdict {
                Verdict::Go => self.was_given(number, late, 3, world),
                Verdict::Wait { until, .. } | Verdict::Closed { until } => {
                    if let Verdict::Closed { until } = verdict {
                        self.close(until, world);
                    }
                    if let Some(call) = self.calls.get_mut(&number) {
                        call.is_asking = false;
                    }
                    let wait = until.saturating_sub(self.clock(world)).min(ASK_AGAIN);
                    self.wake(number, wait, world);
                }
            },
            (Waits::Punctual(number, again), _) => self.was_given(number, late, again, world),
            (Waits::Connected(ticket, again), _) => {
                if late <= PUNCTUAL {
                    world.leaves(self.number, ticket, Giver::Fleet);
                } else if again > 0 {
                    let waits = Waits::Connected(ticket, again - 1);
                    self.tell(Command::Delayed(ticket), waits, world);
                }
            }
            (Waits::Seat, Said::Seat(seat, closed_until, chart)) => {
                self.chart = chart;
                self.seat = seat;
                self.sat_in = self.session;
                self.close(closed_until, world);
                self.wake_all(world);
            }
            _ => {}
        }
    }

    pub(super) fn hears_nothing(&mut self, waits: Waits, world: &mut World) {
        match waits {
            Waits::Turn(number) => {
                if let Some(call) = self.calls.get_mut(&number) {
                    call.is_asking = false;
                }
                self.wake(number, 1, world);
            }
            Waits::Punctual(number, _) => self.asks_anew(number, world),
            // The call is not made.
            Waits::Connected(..) | Waits::Seat | Waits::Nothing => {}
        }
    }
}
