"""The web process."""

from functools import partial

from console.call import Call
from console.commands import Commands
from console.mailbox import reading
from foundation import key_for
from vault.codec import decode_payloads


async def serve(call: Call) -> int:
    """Open the web door until stopped."""
    from web.app import build  # noqa: PLC0415 - the command line needs no web framework
    from web.codec import Codec  # noqa: PLC0415
    from web.serving import serve as run  # noqa: PLC0415

    configured = call.settings
    codec = None
    if configured.codec_token or configured.codec_open:
        codec = Codec(
            decode=partial(decode_payloads, call.foundation.keys),
            origin=configured.ui_origin,
            token=configured.codec_token.get_secret_value() if configured.codec_token else None,
        )
    app = build(
        call.desk,
        controller=configured.policy.controller,
        public_url=configured.public_url,
        webhook_secrets=[secret.get_secret_value() for secret in configured.webhook_secrets],
        codec=codec,
        policy=configured.policy,
        form_key=key_for(configured, "forms"),
    )
    async with reading(call):
        await run(app, configured.host, configured.port)
    return 0


def add(commands: Commands) -> None:
    """Register serve."""
    commands.founded("serve", serve)
