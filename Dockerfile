# The bot alone: Redis is a service of its own, see docker-compose.yml.

FROM python:3.13-slim-trixie AS build
RUN python -m venv --without-pip /opt/parley
COPY requirements.lock /tmp/
# Wheels only: nothing is compiled, so no compiler is needed. pip stays outside of what is shipped.
RUN pip --python /opt/parley/bin/python install --quiet --no-cache-dir --require-hashes --only-binary :all: \
    --requirement /tmp/requirements.lock
COPY core /opt/parley/app/core
COPY bots /opt/parley/app/bots
RUN python -m compileall -q -j 0 /opt/parley/app

FROM python:3.13-slim-trixie
RUN pip uninstall --quiet --yes pip --root-user-action ignore \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin parley \
    && install --directory --owner parley --group parley --mode 0700 /data
COPY --from=build /opt/parley /opt/parley
ENV PATH=/opt/parley/bin:$PATH PYTHONPATH=/opt/parley/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-m", "bots", "health"]
ENTRYPOINT ["python", "-m", "bots"]
CMD ["run"]
