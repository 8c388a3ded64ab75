//! Answers that even the simulator does not give, from a server that says one thing only.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wechat::client::{MemoryTokenStore, RetryPolicy, StoredToken, TokenStore};
use wechat::{Client, ClientConfig, ManualClock, WechatError};

use crate::support::{APP, Failure, SECRET, START, TestResult};

/// Answers every request on a free port with `response`, and returns the base URL.
#[expect(clippy::disallowed_methods, reason = "the server ends with its test's runtime")]
async fn serve(response: String) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // Our requests fit into one read; what matters is that the answer follows them.
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok() {
                let _gone = stream.write_all(response.as_bytes()).await;
            }
        }
    });
    Ok(format!("http://{address}"))
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// A client of `base_url` that already has a token.
async fn client(base_url: &str) -> Result<Client, Failure> {
    let tokens = MemoryTokenStore::default();
    let token = StoredToken {
        token: "stored".into(),
        issued_at: START,
        expires_at: START + 7200,
        refresh_at: START + 6480,
        generation: 1,
        last_forced_at: None,
        forced_on: 0,
        forced_count: 0,
    };
    assert!(tokens.try_lease(APP, "test", START, START + 10).await?);
    assert!(tokens.store(APP, "test", token).await?);
    let config =
        ClientConfig::new(APP, SECRET).with_base_url(base_url).with_retry(RetryPolicy::NEVER);
    Ok(Client::new(config, Arc::new(tokens), Arc::new(ManualClock::new(START)))?)
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_our_credentials() -> TestResult {
    let target = serve(ok(r#"{"openid":"o","session_key":"k"}"#)).await?;
    client(&target).await?.code_to_session("any").await?;

    let head = format!("HTTP/1.1 302 Found\r\nLocation: {target}/sns/jscode2session");
    let redirect =
        serve(format!("{head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")).await?;
    let error = client(&redirect).await?.code_to_session("any").await.err().ok_or("must fail")?;
    assert!(matches!(error, WechatError::Http { status: 302, .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_phone_number_of_another_app_is_refused() -> TestResult {
    let reply = |appid: &str| {
        ok(&format!(
            r#"{{"errcode":0,"phone_info":{{"phoneNumber":"1","purePhoneNumber":"1",
            "countryCode":"86","watermark":{{"timestamp":1790000000,"appid":"{appid}"}}}}}}"#
        ))
    };
    let own = serve(reply(APP)).await?;
    assert_eq!(client(&own).await?.phone_number("any", None).await?.issued_at, START);
    let foreign = serve(reply("wxffffffffffffffff")).await?;
    let error = client(&foreign).await?.phone_number("any", None).await.err().ok_or("must fail")?;
    assert!(matches!(error, WechatError::ForeignWatermark { .. }), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn success_without_the_promised_fields_is_a_typed_error() -> TestResult {
    let empty = serve(ok("{}")).await?;
    let error = client(&empty).await?.code_to_session("any").await.err().ok_or("must fail")?;
    assert!(matches!(error, WechatError::InvalidReply { .. }), "{error:?}");
    Ok(())
}
