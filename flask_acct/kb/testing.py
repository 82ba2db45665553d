"""The journeys of the help centre as tests of a host's own: one test for each article, language, platform and width.

Sample, in a test module::

    from flask_acct.kb.testing import journeys

    pytest_plugins = ["flask_acct.kb.testing"]


    @journeys("shop:create_app", config="acct.toml")
    def test_the_help_centre_is_true(acct_journey):
        acct_journey()

The app is started by its factory, in a process of its own, on an empty database, as ``flask acct kb verify`` does.
Nothing is skipped, no picture is taken and no manifest written; a failure names its step and leaves a picture in
``report/kb``.

PYTEST_DONT_REWRITE: without this word pytest would warn, because the test module imports this before pytest does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from .articles.knowledge_base import centre
from .articles.manifest import View
from .journeys.runs import VIEWS, Order, Outcome, Run, Walker, chromium, every

Walk = Callable[[], Outcome]


def journeys(
    app: str,
    *,
    config: str | None = None,
    articles: Sequence[str] = (),
    locales: Sequence[str] = (),
    platforms: Sequence[str] = (),
    views: Sequence[View] = VIEWS,
    environment: Mapping[str, str] | None = None,
) -> pytest.MarkDecorator:
    """The test is run once for each journey, which it gets as ``acct_journey``.

    Args:
        app: As for ``flask --app``: ``"shop:create_app"``.
        config: An acct.toml or a preset. Default: ``ACCT_CONFIG``, else acct.toml where pytest was started.
        articles, locales, platforms, views: Only these. Default: all.
        environment: Settings of the app's process.

    Raises ``AcctError`` for anything wrong in the configuration, and ``KbError`` in the articles.
    """
    made = centre(config)
    runs = [
        run
        for run in every(made)
        if run.article in (articles or made.ids)
        and run.locale in (locales or made.locales)
        and (run.platform is None or run.platform in (platforms or made.platforms))
        and run.view in views
    ]
    source = config or os.environ.get("ACCT_CONFIG")
    settings = {**({"ACCT_CONFIG": source} if source else {}), **(environment or {})}
    order = Order(config, None, app, settings, pictures=False, again=True)
    names = [run.name.replace(" ", "-") for run in runs]
    return pytest.mark.parametrize("acct_journey", [(order, run) for run in runs], indirect=True, ids=names)


@pytest.fixture
def acct_journey(request: pytest.FixtureRequest, acct_walkers: Walkers) -> Walk:
    """Do the journey of this test when it is called. The test fails if the article is not true of the app."""
    if not hasattr(request, "param"):
        raise pytest.UsageError('Say of which app: @journeys("shop:create_app"), from flask_acct.kb.testing.')
    order, run = request.param

    def walk() -> Outcome:
        outcome = acct_walkers.do(order, run)
        if outcome.failure:
            pytest.fail(str(outcome.failure), pytrace=False)
        return outcome

    return walk


@pytest.fixture(scope="session")
def acct_walkers() -> Iterator[Walkers]:
    """The browser and the app of the journeys; started by the first one."""
    walkers = Walkers()
    yield walkers
    walkers.close()


class Walkers:
    """Keeps one browser, and one app for as long as the order stays the same.

    They have a thread of their own: Playwright runs only once in a thread, and the host's tests may use it too, or
    an event loop.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="acct-journeys")
        self._browser = ExitStack()
        self._walker: Walker | None = None

    def do(self, order: Order, run: Run) -> Outcome:
        return self._thread.submit(self._do, order, run).result()

    def close(self) -> None:
        self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _do(self, order: Order, run: Run) -> Outcome:
        if self._walker is None:
            # Walkers come and go with their apps; each uses the same browser.
            self._browser.enter_context(chromium())
        if self._walker is None or self._walker.order != order:
            self._leave()
            self._walker = Walker(order)
        return self._walker.do(run)

    def _end(self) -> None:
        self._leave()
        self._browser.close()

    def _leave(self) -> None:
        if self._walker is not None:
            self._walker.close()
        self._walker = None
