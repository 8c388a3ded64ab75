//! Properties of message encryption.

use proptest::collection::vec;
use proptest::prelude::*;
use wechat::push::{CryptoError, EncodingAesKey};

use crate::{APP, KEY};

fn key() -> Result<EncodingAesKey, TestCaseError> {
    EncodingAesKey::parse(KEY).map_err(|error| TestCaseError::fail(error.to_string()))
}

fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

proptest! {
    #[test]
    fn what_is_encrypted_decrypts_again(
        message in ".{0,200}",
        random: [u8; 16],
        appid in "wx[0-9a-f]{16}",
    ) {
        let encrypt = key()?.encrypt_with(&random, &message, &appid);
        let encrypt = encrypt.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(key()?.decrypt(&encrypt, &appid), Ok(message));
    }

    #[test]
    fn every_key_of_43_letters_and_digits_works(text in "[A-Za-z0-9]{43}") {
        let key = EncodingAesKey::parse(&text);
        let key = key.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let encrypt = key.encrypt_with(&[7; 16], "hello", APP);
        let encrypt = encrypt.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(key.decrypt(&encrypt, APP), Ok("hello".to_owned()));
    }

    #[test]
    fn arbitrary_cipher_texts_are_refused_without_panic(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(key()?.decrypt(&base64(&bytes), APP).is_err());
    }

    #[test]
    fn whole_blocks_of_noise_are_refused_without_panic(
        blocks in vec(any::<[u8; 16]>(), 1..12),
        short_id in any::<bool>(),
    ) {
        // An empty appid is the easiest to hit by accident; even then decryption must only fail or
        // succeed.
        let appid = if short_id { "" } else { APP };
        let result = key()?.decrypt(&base64(&blocks.concat()), appid);
        prop_assert!(short_id || result.is_err());
    }

    #[test]
    fn arbitrary_text_is_refused_without_panic(text in ".{0,100}") {
        prop_assert!(key()?.decrypt(&text, APP).is_err());
    }

    #[test]
    fn a_flipped_bit_never_decrypts_to_the_message(
        message in ".{1,80}",
        position: prop::sample::Index,
        bit in 0_u8..8,
    ) {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let encrypt = key()?.encrypt_with(&[7; 16], &message, APP);
        let encrypt = encrypt.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let bytes = STANDARD.decode(&encrypt);
        let mut bytes = bytes.map_err(|error| TestCaseError::fail(error.to_string()))?;
        // In CBC a change garbles its own block and shows up again in the next, so even one in the
        // random bytes of the first block reaches the length or the message.
        let position = position.index(bytes.len());
        if let Some(byte) = bytes.get_mut(position) {
            *byte ^= 1 << bit;
        }
        match key()?.decrypt(&STANDARD.encode(&bytes), APP) {
            Ok(changed) => prop_assert_ne!(changed, message),
            Err(error) => prop_assert_ne!(error, CryptoError::Base64),
        }
    }
}
