//! Log-in through WeChat, sessions, one's own account.

use serde_json::json;
use tests::backends;

backends! {
    async fn login_with_wechat_twice_is_one_account(app) {
        let first = app.resident("xiaoming").await;
        let second = app.resident("xiaoming").await;
        assert_eq!(first.id, second.id);
        assert_ne!(first.id, app.resident("xiaohong").await.id);
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts").await, 2);
    }

    async fn login_with_wechat_with_a_used_code_is_refused(app) {
        let code = app.wechat().mint_login_code("xiaoming", app.app.wechat.appid()).await.unwrap();
        let login = || app.post("/api/v1/auth/wechat/login").json(json!({ "code": code })).send();
        login().await.expect(200);
        login().await.problem(409, "wechat_code_used");
    }

    async fn get_me_without_token_is_refused(app) {
        app.get("/api/v1/me").send().await.problem(401, "unauthenticated");
    }
}
