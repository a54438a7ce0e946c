# One image for the web process, the workers and the clock; docker-compose.yml shows the commands.

FROM python:3.11-slim AS build
WORKDIR /srv/mailhub
ENV PYTHONDONTWRITEBYTECODE=1

# First what seldom changes, so that a change of the source does not install everything again.
COPY requirements*.txt assets.json ./
COPY scripts scripts
RUN python3 -m scripts.setup

COPY . .
# The second run cuts the icon sprite to the icons of the templates. Settings need an environment to be imported at all,
# and nothing of this one stays in the image.
RUN python3 -m scripts.setup \
 && DEBUG=true SECRET_KEY=build MAILHUB_KEYS=build:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
    SITE_URL=http://localhost DATABASE_URL=sqlite:////tmp/build.sqlite3 BROKER_URL=redis://localhost/0 \
    STORAGE_URL=file:///tmp PLATFORM_SMTP_URL=smtp://localhost PLATFORM_FROM=build@mailhub.example \
    STATICFILES_BACKEND=whitenoise.storage.CompressedManifestStaticFilesStorage \
    .venv/bin/python manage.py collectstatic --no-input --ignore '*.map' \
 && rm -rf .venv/cache .venv/node

FROM python:3.11-slim
WORKDIR /srv/mailhub
RUN useradd --system --uid 10001 --home-dir /var/lib/mailhub --create-home mailhub \
 && install -d -o mailhub -g mailhub /var/lib/mailhub/storage
COPY --from=build /srv/mailhub /srv/mailhub
ENV PATH=/srv/mailhub/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STATICFILES_BACKEND=whitenoise.storage.CompressedManifestStaticFilesStorage \
    STORAGE_URL=file:///var/lib/mailhub/storage
USER mailhub
VOLUME /var/lib/mailhub/storage
EXPOSE 8000
CMD ["uvicorn", "mailhub.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--proxy-headers"]
