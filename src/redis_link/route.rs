//! Which node to connect to next. In a cluster that is the one that owns the account's slot; elsewhere there is only one.

use super::address::Address;
use super::fault::Fault;

/// How often in a row one node may point to another before they are taken to be at odds.
const REDIRECTS: u8 = 5;

/// The way to the node that has our keys.
pub(super) struct Route {
    configured: Address,
    /// The node that had them last.
    owner: Option<Address>,
    next: Next,
    redirects: u8,
}

enum Next {
    Configured,
    Owner,
    Named(Box<Address>),
}

/// When to try again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// At once: there is a hint.
    Now,
    /// When the usual time is over.
    Later,
}

impl Route {
    pub(super) fn new(configured: Address) -> Self {
        Self {
            configured,
            owner: None,
            next: Next::Configured,
            redirects: 0,
        }
    }

    pub(super) fn next(&self) -> &Address {
        match &self.next {
            Next::Configured => &self.configured,
            Next::Owner => self.owner.as_ref().unwrap_or(&self.configured),
            Next::Named(node) => node,
        }
    }

    /// The node that was next has our keys.
    pub(super) fn arrived(&mut self) {
        if let Next::Named(node) = &self.next {
            self.owner = Some(Address::clone(node));
        }
        self.redirects = 0;
    }

    /// The node that was next is of no use, or no longer.
    pub(super) fn lost(&mut self, fault: &Fault) -> Again {
        if let Fault::Moved(node) = fault
            && self.redirects < REDIRECTS
            && let Some(node) = self.next().on_node(node)
        {
            self.next = Next::Named(Box::new(node));
            self.redirects += 1;
            return Again::Now;
        }
        self.redirects = 0;
        // The configured node may be the one that is down while the owner is well.
        self.next = match self.next {
            Next::Configured if self.owner.is_some() => Next::Owner,
            _ => Next::Configured,
        };
        Again::Later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(route: &Route) -> String {
        match route.next().connection().addr() {
            redis::ConnectionAddr::Tcp(_, port) => port.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_owner_is_followed_and_the_configured_node_asked_when_it_is_away() {
        let mut route = Route::new("redis://a:1".parse().unwrap());
        let away = Fault::silent();
        assert_eq!(route.lost(&away), Again::Later);
        assert_eq!(ports(&route), "1");
        assert_eq!(route.lost(&Fault::Moved("b:2".to_owned())), Again::Now);
        assert_eq!(ports(&route), "2");
        route.arrived();
        assert_eq!(route.lost(&away), Again::Later);
        assert_eq!(ports(&route), "1");
        route.lost(&away);
        assert_eq!(ports(&route), "2");
        route.lost(&away);
        assert_eq!(ports(&route), "1");
    }

    #[test]
    fn nodes_that_point_at_each_other_are_not_asked_for_ever() {
        let mut route = Route::new("redis://a:1".parse().unwrap());
        let mut redirects = 0;
        while route.lost(&Fault::Moved("b:2".to_owned())) == Again::Now {
            redirects += 1;
        }
        assert_eq!(redirects, REDIRECTS);
        assert_eq!(ports(&route), "1");
    }
}
