FROM a
ONBUILD RUN <<EOF
hello
EOF
ONBUILD COPY --chown=1 . /app
