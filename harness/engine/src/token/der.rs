//! The few steps through DER that no crate at hand offers: taking an RSA public key apart, and finding the key in a
//! certificate.
//!
//! It reads definite lengths only and judges nothing else about a certificate: trust is none of its business.

/// ASN.1 tags that occur on the way.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const SEQUENCE: u8 = 0x30;
    /// `[0]`, the version of a certificate.
    pub(super) const VERSION: u8 = 0xa0;
}

/// Modulus and exponent of an RSA public key, big-endian, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RsaNumbers {
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
}

/// Takes an `RSAPublicKey` (PKCS#1) apart.
pub(crate) fn rsa_numbers(pkcs1: &[u8]) -> Option<RsaNumbers> {
    let mut key = Reader(Reader(pkcs1).value_of(tag::SEQUENCE)?);
    let modulus = without_leading_zeros(key.value_of(tag::INTEGER)?).to_vec();
    let exponent = without_leading_zeros(key.value_of(tag::INTEGER)?).to_vec();
    Some(RsaNumbers { modulus, exponent })
}

/// Finds the RSA public key of an X.509 certificate.
///
/// The algorithm of the key is not looked at: a key of another kind has no two integers in its bit string.
pub(crate) fn rsa_numbers_of_certificate(certificate: &[u8]) -> Option<RsaNumbers> {
    let mut signed = Reader(Reader(Reader(certificate).value_of(tag::SEQUENCE)?).value_of(tag::SEQUENCE)?);
    if signed.0.first() == Some(&tag::VERSION) {
        signed.next()?;
    }
    signed.value_of(tag::INTEGER)?; // serial number
    for _signature_issuer_validity_subject in 0..4 {
        signed.value_of(tag::SEQUENCE)?;
    }
    let mut key_info = Reader(signed.value_of(tag::SEQUENCE)?);
    key_info.value_of(tag::SEQUENCE)?; // algorithm
    let (unused_bits, pkcs1) = key_info.value_of(tag::BIT_STRING)?.split_first()?;
    if *unused_bits != 0 {
        return None;
    }
    rsa_numbers(pkcs1)
}

/// Takes away the zero bytes in front of a big-endian number.
pub(crate) fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The value of the next element, if it has this tag.
    fn value_of(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, value) = self.next()?;
        (found == tag).then_some(value)
    }

    /// Tag and value of the next element.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], mut rest) = self.0.split_first_chunk::<2>()?;
        let length = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let (digits, behind) = rest.split_at_checked(usize::from(first & 0x7f))?;
                rest = behind;
                digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit))
            }
            _ => return None,
        };
        let (value, behind) = rest.split_at_checked(length)?;
        self.0 = behind;
        Some((tag, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lose_their_leading_zero() {
        let numbers = rsa_numbers(&[0x30, 8, 2, 3, 0, 0x80, 1, 2, 1, 3]).unwrap();
        assert_eq!(
            numbers,
            RsaNumbers {
                modulus: vec![0x80, 1],
                exponent: vec![3]
            }
        );
    }

    #[test]
    fn long_lengths_are_read() {
        let mut der = vec![0x30, 0x81, 0x85, 2, 0x81, 0x80];
        der.extend([7; 0x80]);
        der.extend([2, 1]);
        assert_eq!(rsa_numbers(&der), None, "the second number is cut");
        der[2] = 0x86;
        der.push(3);
        assert_eq!(rsa_numbers(&der).unwrap().modulus, [7; 0x80]);
    }

    #[test]
    fn rubbish_is_no_key() {
        for rubbish in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x31, 0],
            &[0x30, 0],
        ] {
            assert_eq!(rsa_numbers(rubbish), None);
            assert_eq!(rsa_numbers_of_certificate(rubbish), None);
        }
    }
}
