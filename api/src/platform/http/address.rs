//! Where a request comes from, for limits. Never stored beside what a person did.

use std::net::{IpAddr, Ipv4Addr};

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
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |a| a.ip());
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

    /// One household or office has one IPv4 address or one IPv6 /64.
    #[must_use]
    pub fn limit_key(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
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
    }

    #[test]
    fn an_ipv6_household_is_one() {
        let a = ClientAddress("2001:db8:1:2:3::1".parse().unwrap());
        let b = ClientAddress("2001:db8:1:2:ffff::9".parse().unwrap());
        assert_eq!(a.limit_key(), b.limit_key());
    }
}
