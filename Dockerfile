FROM python:3.11-slim-bookworm AS build

COPY requirements.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt \
    && /venv/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /srv/skillaudit skillaudit \
    && install --directory --owner skillaudit --group skillaudit --mode 0700 /data
COPY --from=build /venv /venv

WORKDIR /srv/skillaudit
COPY app.yml ./
COPY analyzers ./analyzers
COPY github ./github
COPY app ./app

ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=8000 \
    SKILLAUDIT_DATA_DIR=/data

# Bytecode is written once here, since the running user may not write below the working directory.
RUN python -m compileall -q -j 0 analyzers github app

USER skillaudit
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
CMD ["python", "-m", "app", "serve", "--host", "0.0.0.0"]
