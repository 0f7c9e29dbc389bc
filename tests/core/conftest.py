import pytest

pytest.register_assert_rewrite("tests.core.market", "tests.core.scenario")
