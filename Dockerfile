# One image, two entry points:
#   docker run IMAGE            serves on port 8000
#   docker run IMAGE migrate    brings the database of DATABASE_URL to this version, and ends

FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements-uv.lock requirements.lock ./
RUN python -m venv /opt/tamga \
    && /opt/tamga/bin/pip install --no-cache-dir --require-hashes --requirement requirements-uv.lock \
    && /opt/tamga/bin/uv pip install --no-cache --compile-bytecode --python /opt/tamga/bin/python \
        --require-hashes --requirement requirements.lock
COPY . .
RUN /opt/tamga/bin/uv pip install --no-cache --compile-bytecode --python /opt/tamga/bin/python \
        --no-deps --no-build-isolation . \
    && /opt/tamga/bin/uv pip uninstall --python /opt/tamga/bin/python uv setuptools pip

FROM python:3.11-slim-bookworm
COPY --from=build /opt/tamga /opt/tamga
RUN useradd --system --uid 10001 --home-dir /var/lib/tamga --create-home tamga
USER 10001
WORKDIR /var/lib/tamga
ENV PATH=/opt/tamga/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TAMGA_HOST=0.0.0.0
EXPOSE 8000
# Alive, not ready: a restart does not bring back a database that is away.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
ENTRYPOINT ["tamga"]
CMD ["serve"]
