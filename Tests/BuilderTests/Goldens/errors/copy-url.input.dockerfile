FROM a
COPY https://example.com/x.tgz /x
