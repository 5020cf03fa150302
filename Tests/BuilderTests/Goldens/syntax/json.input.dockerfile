FROM a
CMD ["a", "b\n\u00e9\ud83d\ude00"]
RUN ["x"] trailing
ENTRYPOINT [ "not", json ]
CMD []
ENTRYPOINT
VOLUME ["/a b", "/c"]
SHELL ["/bin/bash", "-c"]
RUN [ -f /etc/passwd ] && echo yes
COPY ["a b", "c d"]
