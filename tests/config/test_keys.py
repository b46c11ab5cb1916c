"""Keys that an installation keeps for itself."""

from concurrent.futures import ThreadPoolExecutor

from config import keys


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "keys" / "one"
    first = keys.kept(path)
    assert keys.kept(path) == first == keys.of_32_bytes(first)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_processes_that_start_together_agree_on_the_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(keys.kept, [tmp_path / "keys" / "one"] * 8))
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["one"]
