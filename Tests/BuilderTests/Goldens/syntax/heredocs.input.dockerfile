FROM alpine
RUN <<EOF
set -e
echo $HOME
EOF
COPY <<a.txt <<-"b.txt" /dest/
one $X
a.txt
	two $X
	b.txt
RUN cat <<A - <<B > out && echo done
first
A
second
B
RUN ["echo", "<<NOT"]
