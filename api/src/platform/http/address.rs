//! Where a request comes from, for limits and for the audit trail, which keeps it encrypted. What is
//! stored beside what a person did is cut to a network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use ipnet::IpNet;

/// The client's address: the peer, or the last hop of `X-Forwarded-For` that no trusted proxy
/// wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    #[must_use]
    pub fn of(request: &ServiceRequest, trusted: &[IpNet]) -> Self {
        // A socket for both families shows IPv4 as `::ffff:…`, which would make one household of it.
        let peer = request
            .peer_addr()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |a| a.ip().to_canonical());
        if trusted.is_empty() || !is_trusted(peer, trusted) {
            return Self(peer);
        }
        let hops = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .collect::<Vec<_>>()
            .join(",");
        Self(from_hops(peer, &hops, trusted))
    }

    /// The address that the gate found.
    #[must_use]
    pub fn found(message: &impl HttpMessage) -> Self {
        message
            .extensions()
            .get::<Self>()
            .copied()
            .unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    /// One household or office has one IPv4 address or one IPv6 /64, of which this is the first.
    #[must_use]
    pub fn household(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        }
    }

    /// Enough to recognise a place and too little to find a person: an IPv4 /24 or an IPv6 /48.
    #[must_use]
    pub fn network(self) -> String {
        match self.0 {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}::/48")
            }
        }
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

fn from_hops(peer: IpAddr, hops: &str, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer;
    for hop in hops.rsplit(',') {
        // A hop that is no address was written by the client; stop believing here.
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        let address = address.to_canonical();
        client = address;
        if !is_trusted(address, trusted) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_cannot_choose_its_address() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let peer = "10.0.0.1".parse().unwrap();
        let client = |hops| from_hops(peer, hops, &trusted).to_string();
        assert_eq!(client("1.1.1.1, 2.2.2.2"), "2.2.2.2");
        assert_eq!(client("1.1.1.1, 2.2.2.2, 10.0.0.7"), "2.2.2.2");
        assert_eq!(client("nonsense"), "10.0.0.1");
        assert_eq!(client(""), "10.0.0.1");
        assert_eq!(client("::ffff:2.2.2.2"), "2.2.2.2");
    }

    #[test]
    fn an_ipv6_household_is_one() {
        let a = ClientAddress("2001:db8:1:2:3::1".parse().unwrap());
        let b = ClientAddress("2001:db8:1:2:ffff::9".parse().unwrap());
        assert_eq!(a.household(), b.household());
        assert_eq!(a.network(), "2001:db8:1::/48");
        assert_eq!(ClientAddress("203.0.113.7".parse().unwrap()).network(), "203.0.113.0/24");
    }
}
