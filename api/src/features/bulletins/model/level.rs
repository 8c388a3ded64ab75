use entity::bulletin::{Probability, RiskLevel};

/// The level of a risk, as EU Safety Gate computes it: Commission Decision 2010/15/EU, part IV,
/// appendix 5, table 4, unchanged in Implementing Decision (EU) 2019/417. `severity` is 1 to 4; beyond
/// it the nearest counts.
#[must_use]
pub fn level(severity: i16, probability: Probability) -> RiskLevel {
    use RiskLevel::{High, Low, Medium, Serious};

    let by_severity = match probability {
        Probability::EveryOther => [High, Serious, Serious, Serious],
        Probability::Tenth | Probability::Hundredth => [Medium, Serious, Serious, Serious],
        Probability::Thousandth => [Low, High, Serious, Serious],
        Probability::TenThousandth => [Low, Medium, High, Serious],
        Probability::HundredThousandth => [Low, Low, Medium, High],
        Probability::Millionth => [Low, Low, Low, Medium],
        Probability::Rarer => [Low, Low, Low, Low],
    };
    let [light, middle, grave, fatal] = by_severity;
    match severity {
        ..=1 => light,
        2 => middle,
        3 => grave,
        _ => fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_is_that_of_the_guidelines() {
        let rows: Vec<String> = Probability::all()
            .map(|probability| {
                let letter = |severity| match level(severity, probability) {
                    RiskLevel::Serious => 'S',
                    RiskLevel::High => 'H',
                    RiskLevel::Medium => 'M',
                    RiskLevel::Low => 'L',
                };
                (1..=4).map(letter).collect()
            })
            .collect();
        assert_eq!(rows, ["HSSS", "MSSS", "MSSS", "LHSS", "LMHS", "LLMH", "LLLM", "LLLL"]);
    }

    #[test]
    fn a_risk_never_falls_with_severity_or_probability() {
        for severity in 1..4 {
            for probability in Probability::all() {
                assert!(level(severity, probability) <= level(severity + 1, probability));
            }
            let levels: Vec<_> = Probability::all().map(|p| level(severity, p)).collect();
            assert!(levels.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }
}
