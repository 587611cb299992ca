from django.contrib.auth.hashers import check_password, identify_hasher, make_password


def test_a_password_fits_its_hash_alone() -> None:
    encoded = make_password("correct horse")

    assert encoded.startswith("argon2id$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("correct horse", encoded)
    assert not check_password("battery staple", encoded)


def test_staff_see_no_hash() -> None:
    hasher = identify_hasher(encoded := make_password("correct horse"))

    summary = hasher.safe_summary(encoded)
    assert summary == {"algorithm": "argon2id", "parameters": "m=19456,t=2,p=1"}


def test_older_parameters_are_renewed_at_the_next_sign_in() -> None:
    encoded = make_password("correct horse")
    hasher = identify_hasher(encoded)

    assert not hasher.must_update(encoded)
    assert hasher.must_update(encoded.replace("t=2", "t=1"))
