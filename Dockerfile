# The image that labs run: Python 3.11, numpy, scipy and the runner; nothing else is of use in it.
# Built by `findbench image build` from a context of its own (this file, lab/, wheels/ and the locks): no network needed.
ARG BASE
FROM ${BASE} AS build

# Installed from hash-locked wheels by the locked pip that comes with them; pip itself does not stay.
COPY wheels /wheels
COPY requirements.lock installer.lock /wheels/
RUN set -eu; \
    site="$(python3 -c 'import site; print(site.getsitepackages()[0])')"; \
    rm -rf "$site"/pip* "$site"/setuptools* "$site"/wheel*; \
    (cd /wheels && sed -n 's/.*--hash=sha256:\([0-9a-f]*\).*/\1/p' installer.lock > known && \
        sha256sum pip-*.whl | cut -d' ' -f1 | grep -qxFf known); \
    PYTHONPATH="$(echo /wheels/pip-*.whl)" python3 -m pip install --no-index --find-links /wheels --require-hashes --no-deps --no-compile \
        --no-cache-dir --disable-pip-version-check --root-user-action ignore --target "$site" \
        -r /wheels/requirements.lock; \
    find "$site" -type d -name tests -prune -exec rm -rf {} +; \
    rm -rf /wheels /root/.cache

# A lab reads only: what it will import is compiled now, and never checked against its source (time stamps say nothing).
# Some bases have Python elsewhere; a lab starts /usr/bin/python3.
RUN set -eu; \
    [ -e /usr/bin/python3 ] || ln -s "$(command -v python3)" /usr/bin/python3; \
    library="$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"; \
    rm -rf "$library"/test "$library"/ensurepip "$library"/idlelib "$library"/turtledemo "$library"/lib2to3/tests; \
    rm -f "$library"/sitecustomize.py; \
    find / -xdev -name __pycache__ -prune -exec rm -rf {} +; \
    PYTHONHASHSEED=0 python3 -m compileall -q --invalidation-mode unchecked-hash \
        "$library" "$(python3 -c 'import site; print(site.getsitepackages()[0])')"; \
    find / -xdev -type f -perm /6000 -exec chmod a-s {} +; \
    rm -rf /var/cache/* /var/lib/apt /var/log/* /var/tmp/* /tmp/* /usr/share/doc /usr/share/man /usr/share/info \
        /usr/share/locale /usr/share/lintian /etc/machine-id /etc/apt; \
    find / -xdev -exec touch -h -d @1700000000 {} + 2> /dev/null || true

# Apart from the rest, so that a change of the runner rebuilds in seconds.
FROM build AS lab
COPY lab /stage/lab
RUN python3 -m compileall -q --invalidation-mode unchecked-hash -s /stage /stage && \
    find /stage -exec touch -h -d @1700000000 {} +

# Flattened: nothing that a step removed is still in a layer, and equal content gives equal layers.
FROM scratch
COPY --from=build / /
COPY --from=lab /stage /
ENV PATH=/usr/bin:/bin LANG=C.UTF-8
USER 10001:10001
WORKDIR /tmp
# Not -I, which would also ignore PYTHONHASHSEED: sets must iterate alike whenever a transcript is replayed.
ENTRYPOINT ["/usr/bin/python3", "-s", "-P", "/lab"]
