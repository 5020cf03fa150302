FROM a
ENV A=1 B="two words" C=three\ words D='$literal'
ENV LEGACY the rest "of the" line
LABEL "com.example/name"="x y" version=1
ARG X Y=2 Z="a b"
MAINTAINER Jane <jane@example.com>
