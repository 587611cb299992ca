"""Argon2id with the parameters of security.md, by the cryptography package we have anyway."""

import threading
from typing import Any, Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.contrib.auth.hashers import BasePasswordHasher

# Each hash holds 19 MiB while it runs.
_at_once = threading.BoundedSemaphore(4)
LENGTH: Final = 32
ITERATIONS: Final = 2
LANES: Final = 1
MEMORY_KIB: Final = 19 * 1024


class Argon2idHasher(BasePasswordHasher):
    algorithm = "argon2id"

    def encode(self, password: str, salt: str) -> str:
        with _at_once:
            phc = Argon2id(
                salt=salt.encode(),
                length=LENGTH,
                iterations=ITERATIONS,
                lanes=LANES,
                memory_cost=MEMORY_KIB,
            ).derive_phc_encoded(password.encode())
        return f"{self.algorithm}{phc}"

    def verify(self, password: str, encoded: str) -> bool:
        with _at_once:
            try:
                Argon2id.verify_phc_encoded(
                    password.encode(), encoded.removeprefix(self.algorithm)
                )
            except InvalidKey:
                return False
        return True

    def decode(self, encoded: str) -> dict[str, Any]:
        _, algorithm, version, parameters, salt, hashed = encoded.split("$")
        return {
            "algorithm": algorithm,
            "version": version,
            "parameters": parameters,
            "salt": salt,
            "hash": hashed,
        }

    def safe_summary(self, encoded: str) -> Any:
        decoded = self.decode(encoded)
        return {"algorithm": decoded["algorithm"], "parameters": decoded["parameters"]}

    def must_update(self, encoded: str) -> bool:
        wanted = f"m={MEMORY_KIB},t={ITERATIONS},p={LANES}"
        return bool(self.decode(encoded)["parameters"] != wanted)

    def harden_runtime(self, password: str, encoded: str) -> None:
        """The parameters are fixed, so there is no run time to make up for."""
