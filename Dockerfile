# The steps are the Makefile's: a virtual environment, the locked dependencies with hashes, the project itself.
FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /yuimaru
COPY requirements-uv.lock requirements.lock ./
# Compiled here: who runs it can't write there, and would compile it all at every start
RUN python3 -m venv .venv \
 && .venv/bin/pip install --quiet --require-hashes -r requirements-uv.lock \
 && .venv/bin/uv pip install --quiet --no-cache --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY foundation foundation
COPY notifications notifications
COPY agreements agreements
COPY inventory inventory
COPY aid aid
COPY readiness readiness
COPY service service
COPY migrations migrations
RUN .venv/bin/uv pip install --quiet --no-cache --compile-bytecode --python .venv/bin/python --no-deps --no-build-isolation . \
 && .venv/bin/uv pip uninstall --quiet --python .venv/bin/python uv pip

FROM python:3.11-slim-bookworm
# In which PDFs are set; without a Japanese font they are refused
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/yuimaru --create-home yuimaru
COPY --from=build /yuimaru/.venv /yuimaru/.venv
USER yuimaru
WORKDIR /var/lib/yuimaru
ENV PATH=/yuimaru/.venv/bin:$PATH YUIMARU_HOST=0.0.0.0 PORT=8000
EXPOSE 8000
VOLUME /var/lib/yuimaru
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/readyz\", timeout=4)"]
CMD ["sh", "-c", "yuimaru migrate && exec yuimaru serve"]
