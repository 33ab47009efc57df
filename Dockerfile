# The page for a server of one's own:  docker build -t tsuzuki . && docker run -p 7860:7860 tsuzuki
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 tsuzuki
USER tsuzuki
WORKDIR /home/tsuzuki/app
ENV PATH="/home/tsuzuki/.local/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    GRADIO_SERVER_NAME=0.0.0.0 \
    TSUZUKI_PUBLIC=1

# torch's builds for CPUs are a tenth of the size; their index is given with --build-arg PIP_EXTRA_INDEX_URL=….
ARG PIP_EXTRA_INDEX_URL
COPY --chown=tsuzuki requirements.txt .
RUN pip install --no-cache-dir --user -r requirements.txt

COPY --chown=tsuzuki app.py .
COPY --chown=tsuzuki page page
COPY --chown=tsuzuki model_utils model_utils
COPY --chown=tsuzuki viz viz
COPY --chown=tsuzuki assets assets

EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/health', timeout=5)"]
CMD ["python", "app.py"]
