//! The optional API security layer: V13–V16.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use wechat::api_security::{
    ApiSecurityError, CallContext, SealedBody, SymmetricKey, VerifyingKey, string_to_sign,
};

use crate::{Failure, TestResult, Vector};

const REQUEST: &str = "V13_gcm_request";
const RESPONSE: &str = "V14_gcm_response";

fn context(vector: &Vector) -> Result<CallContext<'_>, Failure> {
    Ok(CallContext {
        url: vector.text("urlpath")?,
        appid: vector.text("appid")?,
        timestamp: vector.number("timestamp")?,
    })
}

fn sealed(vector: &Vector) -> Result<SealedBody, Failure> {
    Ok(SealedBody {
        iv: vector.text("iv")?.to_owned(),
        data: vector.text("data")?.to_owned(),
        authtag: vector.text("authtag")?.to_owned(),
    })
}

fn check_sealing(name: &str) -> TestResult {
    let vector = Vector::load(name)?;
    let key = SymmetricKey::new(vector.text("key_sn")?, vector.text("key_b64")?)?;
    let (context, body) = (context(&vector)?, sealed(&vector)?);
    assert_eq!(key.open(&context, &body)?, vector.text("plain")?);

    let iv: [u8; 12] = STANDARD.decode(&body.iv)?.as_slice().try_into()?;
    assert_eq!(key.seal_with(iv, &context, vector.text("plain")?)?, body);

    let later = CallContext { timestamp: context.timestamp + 1, ..context };
    assert_eq!(key.open(&later, &body), Err(ApiSecurityError::Body));
    let short_tag = SealedBody { authtag: STANDARD.encode([0; 4]), ..body };
    assert_eq!(key.open(&context, &short_tag), Err(ApiSecurityError::Encoding));
    Ok(())
}

/// Checks the signature vector `name` over the sealed body of vector `body_of`.
fn check_signature(name: &str, body_of: &str, length: usize) -> TestResult {
    let (vector, sealing) = (Vector::load(name)?, Vector::load(body_of)?);
    let key = VerifyingKey::from_pem(vector.text("public_key_pem")?)?;
    let context = context(&sealing)?;
    let body = serde_json::to_string(&sealed(&sealing)?)?;
    assert_eq!(body.len(), length);
    let signature = vector.text("signature")?;
    key.verify(&context, &body, signature)?;

    let refused = Err(ApiSecurityError::Signature);
    assert_eq!(key.verify(&context, &body.replace('i', "j"), signature), refused);
    let later = CallContext { timestamp: context.timestamp + 1, ..context };
    assert_eq!(key.verify(&later, &body, signature), refused);
    if let Ok(expected) = vector.text("sha256_of_signed_string") {
        let digest = Sha256::digest(string_to_sign(&context, &body));
        assert_eq!(hex::encode(digest), expected);
    }
    Ok(())
}

#[test]
fn v13_sealed_request() -> TestResult {
    check_sealing(REQUEST)
}

#[test]
fn v14_sealed_response() -> TestResult {
    check_sealing(RESPONSE)
}

#[test]
fn v15_request_signature() -> TestResult {
    check_signature("V15_rsa_request_signature", REQUEST, 324)
}

#[test]
fn v16_response_signature() -> TestResult {
    check_signature("V16_rsa_response_signature", RESPONSE, 292)
}

#[test]
fn keys_that_are_none_are_refused() -> TestResult {
    assert!(SymmetricKey::new("sn", "AAAA").is_err());
    assert!(VerifyingKey::from_pem("AAAA").is_err());
    let vector = Vector::load(REQUEST)?;
    let context = context(&vector)?;
    let pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
    let result = VerifyingKey::from_pem(pem)?.verify(&context, "", "AAAA");
    assert_eq!(result, Err(ApiSecurityError::Signature));
    Ok(())
}

#[test]
fn a_sealed_body_opens_again_and_debug_hides_the_key() -> TestResult {
    let vector = Vector::load(REQUEST)?;
    let key = SymmetricKey::new("sn", vector.text("key_b64")?)?;
    let context = context(&vector)?;
    let body = key.seal(&context, "你好")?;
    assert_eq!(key.open(&context, &body)?, "你好");
    assert_ne!(key.seal(&context, "你好")?, body);
    let shown = format!("{key:?}");
    assert!(!shown.contains("otUpng") && !shown.contains("162"), "{shown}");
    Ok(())
}
