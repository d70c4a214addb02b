# edgeq as a command, for continuous integration and for machines without Python:
#   docker build -t edgeq .
#   docker run --rm -v "$PWD:/work" edgeq demo
# TensorFlow, which Keras models need, is large: --build-arg EXTRAS=convert,emulate has it.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE LICENSE-EXCEPTION ./
COPY edgeq edgeq
COPY boards boards
COPY firmware_templates firmware_templates
COPY examples examples
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim-bookworm
ARG EXTRAS=emulate
# gcc compiles what `verify` runs on the host. Debian keeps one version of it for the life of a release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 edgeq
COPY --from=build /wheels /wheels
# hadolint ignore=DL3013
RUN set -- /wheels/*.whl \
    && python -m pip install --no-cache-dir "$1[${EXTRAS}]" \
    && rm -rf /wheels
USER edgeq
WORKDIR /work
ENTRYPOINT ["edgeq"]
CMD ["--help"]
