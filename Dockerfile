# One image for worker and web, which differ by their command. Nothing of the tests, the demo or the stand-ins is in it.

FROM python:3.11.15-slim-bookworm AS packages

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.runtime.lock .
RUN python -m venv /opt/habeas && /opt/habeas/bin/pip install --require-hashes --requirement requirements.runtime.lock


FROM python:3.11.15-slim-bookworm

# A fixed id, so that whoever backs the vault's volume up can name its owner.
RUN groupadd --gid 10001 habeas \
    && useradd --uid 10001 --gid habeas --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin habeas \
    && install --directory --owner habeas --group habeas --mode 0700 /var/lib/habeas /var/lib/habeas/vault

COPY --from=packages /opt/habeas /opt/habeas
ENV PATH=/opt/habeas/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

WORKDIR /app
COPY worker.py starter.py foundation.py settings.py policy.toml systems.toml ./
COPY activities activities
COPY connectors connectors
COPY console console
COPY dsar dsar
COPY intake intake
COPY ledger ledger
COPY vault vault
COPY web web
COPY workflows workflows
COPY deploy/worker_health.py deploy/worker_health.py
RUN python -m compileall -q .

USER habeas
CMD ["python", "worker.py"]
