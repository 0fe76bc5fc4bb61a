"""Signing in with an organisation's account (OpenID Connect), when settings name an issuer. Authlib does the protocol.

Nobody is let in by the provider alone: the account must have been made here, with the e-mail address as its login.
"""

from __future__ import annotations

import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from anbu import clock
from anbu.casework.audit import record
from anbu.casework.signin import open_session_for
from anbu.console import limits
from anbu.console.pages.login import show_login, signed_in
from anbu.console.web import secure
from anbu.settings import settings
from anbu.store.crypto import fingerprint
from anbu.store.models import Account
from anbu.store.session import transaction

log = structlog.get_logger()
UNKNOWN = "이 기관 계정으로 쓸 수 있는 안부 계정이 없어요. 운영 담당에게 계정을 만들어 달라고 하세요."
FAILED = "기관 계정으로 로그인하지 못했어요. 다시 해 보시고, 계속 안 되면 운영 담당에게 말씀하세요."


def enabled() -> bool:
    return bool(settings().oidc_issuer and settings().oidc_client_id)


def middleware() -> list[Middleware]:
    """A short-lived signed cookie that carries state and nonce to the provider and back; nothing else is in it."""
    if not enabled():
        return []
    return [
        Middleware(
            SessionMiddleware, secret_key=fingerprint("oidc state"), session_cookie="anbu_oidc", max_age=600,
            same_site="lax", https_only=secure(), path="/login",
        )
    ]  # fmt: skip


def routes() -> list[Route]:
    if not enabled():
        return []
    given = settings()
    client = OAuth().register(
        "office", client_id=given.oidc_client_id,
        client_secret=given.oidc_client_secret.get_secret_value() if given.oidc_client_secret else None,
        server_metadata_url=given.oidc_issuer + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
    )  # fmt: skip

    async def start(request: Request) -> Response:
        if not limits.may_try_to_sign_in(request):
            return HTMLResponse("", 429)
        try:
            return await client.authorize_redirect(request, given.console_url + "/login/oidc/back")
        except Exception as error:  # the provider is away: the local way in must stay open
            log.warning("oidc", error=type(error).__name__)
            return show_login(FAILED, 502)

    async def back(request: Request) -> Response:
        try:
            token = await client.authorize_access_token(request)
            claims = token["userinfo"]
        except (OAuthError, JoseError, KeyError) as error:
            log.warning("oidc", error=type(error).__name__)
            return show_login(FAILED, 401)
        except Exception as error:
            log.error("oidc", error=type(error).__name__)
            return show_login(FAILED, 502)
        return await run_in_threadpool(_let_in, claims)

    return [Route("/login/oidc", start), Route("/login/oidc/back", back)]


def _let_in(claims) -> Response:
    now, subject = clock.now(), f"{claims['iss']} {claims['sub']}"
    with transaction() as db:
        account = db.scalars(select(Account).filter_by(oidc_subject=subject)).first()
        if account is None and claims.get("email") and claims.get("email_verified", True) is True:
            account = db.scalars(select(Account).filter_by(login=claims["email"].lower())).first()
            if account is not None and account.oidc_subject is None:
                account.oidc_subject = subject
            elif account is not None:
                account = None  # the address belongs to another subject now: a person must look
        if account is None or not account.active:
            record(db, account, "login.failed", now, how="oidc")
            return show_login(UNKNOWN, 403)
        account.must_change_password = False
        token = open_session_for(db, account, now, "oidc")
    return signed_in(token)
