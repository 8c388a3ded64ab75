//! Which passwords are good enough (GB/T 22239-2019, 8.1.4.1 a). Length is checked by the request.

/// As long as this, a password needs no mixture of characters.
const PASSPHRASE_CHARS: usize = 20;
/// Of lower case, upper case, digits and others.
const KINDS: usize = 3;
const DISTINCT_CHARS: usize = 6;
/// What must be left when a common word counts as one character and a run as two.
const HARD_CHARS: usize = 10;

/// Words that a guesser tries first, in lower case.
const COMMON: [&str; 52] = [
    "1314520",
    "12315",
    "1qaz",
    "2wsx",
    "3edc",
    "5201314",
    "520520",
    "abc123",
    "admin",
    "administrator",
    "asdf",
    "baseball",
    "beijing",
    "changeme",
    "china",
    "chongqing",
    "default",
    "dragon",
    "football",
    "guangzhou",
    "guest",
    "hello",
    "iloveyou",
    "jiandu",
    "letmein",
    "login",
    "master",
    "mima",
    "monkey",
    "nihao",
    "passwd",
    "password",
    "princess",
    "qazwsx",
    "qwer",
    "qwerty",
    "qwertyuiop",
    "root",
    "samr",
    "sanjin",
    "secret",
    "shadow",
    "shanghai",
    "shenzhen",
    "sunshine",
    "superman",
    "system",
    "trustno1",
    "welcome",
    "woaini",
    "zhongguo",
    "zxcv",
];

/// `names` are those of the person, which anybody knows.
///
/// # Errors
/// A sentence for the person who chose it.
pub fn check(password: &str, names: &[&str]) -> Result<(), &'static str> {
    if password.chars().count() < PASSPHRASE_CHARS && kinds(password) < KINDS {
        return Err("应包含大写字母、小写字母、数字和符号中的三种，或者不少于 20 个字符");
    }
    let lower = password.to_lowercase();
    let is_name = |name: &&str| {
        let name = name.to_lowercase();
        name.chars().count() >= 2 && lower.contains(&name)
    };
    if names.iter().any(is_name) {
        return Err("不能包含用户名或姓名");
    }
    let hard = hard_chars(&lower).min(hard_chars(&plain(&lower)));
    if hard < HARD_CHARS || distinct(&lower) < DISTINCT_CHARS {
        return Err("容易被猜到，请避免常见词以及连续或重复的字符");
    }
    Ok(())
}

fn kinds(password: &str) -> usize {
    let is_other = |c: char| !c.is_ascii_alphanumeric();
    [
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(is_other),
    ]
    .into_iter()
    .filter(|is_there| *is_there)
    .count()
}

/// `p@ssw0rd` is a word to a guesser.
fn plain(lower: &str) -> String {
    let letter = |c| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    lower.chars().map(letter).collect()
}

fn hard_chars(lower: &str) -> usize {
    // The longest first, or a word inside another would leave the rest of it.
    let mut words = COMMON;
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let text = words.iter().fold(lower.to_owned(), |text, word| text.replace(word, "\0"));
    let chars: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let continues = |three: &[i64]| {
        let [a, b, c] = three else { return false };
        c - b == b - a && (-1..=1).contains(&(c - b))
    };
    chars.len() - chars.windows(3).filter(|three| continues(three)).count()
}

fn distinct(lower: &str) -> usize {
    lower.chars().collect::<std::collections::BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 2] = ["wang.wei", "王伟"];

    #[test]
    fn what_is_hard_to_guess_is_good() {
        for password in [
            "correct horse battery",
            "Tr0ub4dor&3-x",
            "K7#pQ2mz!vLd",
            "七点半的公交车总是晚到而且很挤真是没有办法啊",
            "sanjin-sandbox-2026",
            "7KQ2ZXNP4HJW8RTC5VGM",
        ] {
            assert_eq!(check(password, &NAMES), Ok(()), "{password}");
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "alllowercase",
            "lowercase1234",
            "ALLUPPER12345",
            "P@ssw0rd2026",
            "Password1234!",
            "Admin@123456",
            "Beijing@2026!!",
            "Qwerty!12345678",
            "Ab1!Ab1!Ab1!Ab1!",
            "aaaaaaaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopqrstuvwxyz",
            "12345678901234567890",
            "Wang.Wei-x7#qLpZ9",
            "K7#pQ王伟2mz!vLd",
            "WoAiNi5201314!",
            "passwordpasswordpassword",
        ] {
            assert!(check(password, &NAMES).is_err(), "{password}");
        }
    }

    proptest! {
        #[test]
        fn a_name_anywhere_spoils_a_good_password(at in 0_usize..12, name in "[a-z\u{4e00}-\u{4eff}]{2,8}") {
            const GOOD: &str = "K7#pQ2mz!vLd";
            prop_assume!(!GOOD.to_lowercase().contains(&name));
            let (head, tail) = GOOD.split_at(at);
            prop_assert_eq!(check(GOOD, &[&name]), Ok(()));
            let spoilt = format!("{head}{}{tail}", name.to_uppercase());
            prop_assert!(check(&spoilt, &[&name]).is_err());
        }

        #[test]
        fn no_text_is_too_odd_to_be_judged(password in "\\PC{0,64}", name in ".{0,20}") {
            if check(&password, &[&name]).is_ok() {
                prop_assert!(distinct(&password.to_lowercase()) >= DISTINCT_CHARS);
                prop_assert!(kinds(&password) >= KINDS || password.chars().count() >= PASSPHRASE_CHARS);
            }
        }
    }
}
