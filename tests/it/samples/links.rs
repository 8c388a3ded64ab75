//! Links that work without a log-in, for a while.

use chrono::TimeDelta;
use tests::backends;

use super::{passed, simple_visit};

backends! {
    async fn a_link_that_is_old_or_forged_opens_nothing(app) {
        let visit = simple_visit(app).await;
        visit.finish(app, |sample| vec![passed(sample)]).await;
        let link = visit.link(app).await.expect(201);
        assert_eq!(link["expires_at"], "2026-11-22T01:40:00Z");
        let url = link["url"].as_str().unwrap();
        let token = url.rsplit_once('/').unwrap().1;
        let parts: Vec<&str> = token.split('.').collect();
        let [version, report, end, signature] = parts[..] else { panic!("{token}") };
        let later = [version, report, "1999999999", signature].join(".");
        let other = [version, &visit.booking.simple().to_string(), end, signature].join(".");
        let (short, last) = token.split_at_checked(token.len() - 1).unwrap();
        let flipped = format!("{short}{}", if last == "0" { "1" } else { "0" });
        for wrong in [later.as_str(), &other, &flipped, short, "v1", "x.y.z.0"] {
            let reply = app.get(&format!("/api/v1/report-files/{wrong}")).send().await;
            reply.problem(404, "report_link_invalid");
        }
        // What another door takes is no key to this one.
        let code = app.app.blind_index.array("booking.check_in", &[version, report, end].join("."));
        let code = [version, report, end, &hex::encode(code)].join(".");
        app.get(&format!("/api/v1/report-files/{code}")).send().await.problem(404, "report_link_invalid");
        assert_eq!(app.get(url).send().await.status, 200);
        app.advance(TimeDelta::seconds(599));
        assert_eq!(app.get(url).send().await.status, 200, "and again while it lasts");
        app.advance(TimeDelta::seconds(1));
        app.get(url).send().await.problem(409, "report_link_expired");
        app.drain_jobs().await;
    }
}
