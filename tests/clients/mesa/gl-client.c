// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gl-client DRIVER --run-subtest SUBTEST [COUNT], gl-client --list-subtests: a client of
 * Mesa's OpenGL ES 2.0, without a display, on the render node of the kernel's driver DRIVER.
 * It knows nothing of shrinkbench. The GPU models render nothing; but what a picture
 * consists of they read and write, so that a picture depends on every byte it is drawn from,
 * and a clear gives its color.
 *
 *   clear    targets of several sizes and colors are read back
 *   draw     the same data give the same picture
 *   texture  what was uploaded is read back, whole and in parts, after updates too
 *   buffer   another vertex gives another picture, and that one again the first
 *   gbm      a BO of GBM, written by the CPU and by the GPU, with a dma-buf between
 *   keep     COUNT textures and targets, and a BO that is mapped, keep their content while
 *            others come and go
 *
 * Its options, what it says of a failure and its exit statuses are those of an IGT test.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
#include <gbm.h>
#include <xf86drm.h>

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond))                                                   \
			die("%s:%d: %s: GL error %#x", __FILE__, __LINE__,     \
			    #cond, glGetError());                              \
	} while (0)

/* A picture: a texture, and the framebuffer whose color it is. Owned. */
struct target {
	GLuint texture;
	GLuint fbo;
	int width;
	int height;
};

static struct gbm_device *gbm;
static EGLDisplay display;

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("Failed assertion: ", stdout);
	vprintf(fmt, args);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

static void *get(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		die("out of memory");
	return memory;
}

/* The render node of the kernel's driver @name. */
static int render_node(const char *name)
{
	for (int minor = 128; minor < 192; minor++) {
		drmVersionPtr version;
		char path[40];
		bool same;
		int fd;

		snprintf(path, sizeof(path), "/dev/dri/renderD%d", minor);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		version = drmGetVersion(fd);
		same = version && !strcmp(version->name, name);
		drmFreeVersion(version);
		if (same)
			return fd;
		close(fd);
	}
	die("no render node of %s", name);
}

/* Makes a context current that has no surface, on the driver's node. */
static void start_gl(const char *driver)
{
	static const EGLint attribs[] = {EGL_CONTEXT_CLIENT_VERSION, 2,
					 EGL_NONE};
	static const EGLint config_attribs[] = {EGL_SURFACE_TYPE, EGL_DONT_CARE,
						EGL_RENDERABLE_TYPE,
						EGL_OPENGL_ES2_BIT, EGL_NONE};
	EGLContext context;
	EGLConfig config;
	EGLint count;

	gbm = gbm_create_device(render_node(driver));
	CHECK(gbm);
	display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	CHECK(display != EGL_NO_DISPLAY && eglInitialize(display, NULL, NULL));
	CHECK(eglBindAPI(EGL_OPENGL_ES_API));
	CHECK(eglChooseConfig(display, config_attribs, &config, 1, &count));
	CHECK(count == 1);
	context = eglCreateContext(display, config, EGL_NO_CONTEXT, attribs);
	CHECK(context != EGL_NO_CONTEXT);
	CHECK(eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context));
	printf("%s, %s\n", glGetString(GL_RENDERER), glGetString(GL_VERSION));
}

/* Bytes that depend on @seed and on where they are. */
static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
	uint32_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525u + 1013904223u;
		bytes[i] = state >> 24;
	}
}

/* The framebuffer of the texture. */
static void target_attach(struct target *target)
{
	glGenFramebuffers(1, &target->fbo);
	glBindFramebuffer(GL_FRAMEBUFFER, target->fbo);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
			       GL_TEXTURE_2D, target->texture, 0);
	CHECK(glCheckFramebufferStatus(GL_FRAMEBUFFER) ==
	      GL_FRAMEBUFFER_COMPLETE);
	CHECK(!glGetError());
}

static struct target target_new(int width, int height, const void *texels)
{
	struct target target = {.width = width, .height = height};

	glGenTextures(1, &target.texture);
	glBindTexture(GL_TEXTURE_2D, target.texture);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, width, height, 0, GL_RGBA,
		     GL_UNSIGNED_BYTE, texels);
	target_attach(&target);
	return target;
}

static void target_free(struct target *target)
{
	glDeleteFramebuffers(1, &target->fbo);
	glDeleteTextures(1, &target->texture);
}

static size_t target_size(const struct target *target)
{
	return 4 * (size_t)target->width * target->height;
}

/* Its pixels, RGBA. Owned. */
static uint8_t *target_read(const struct target *target)
{
	uint8_t *pixels = get(target_size(target));

	memset(pixels, 0x5a, target_size(target));
	glBindFramebuffer(GL_FRAMEBUFFER, target->fbo);
	glReadPixels(0, 0, target->width, target->height, GL_RGBA,
		     GL_UNSIGNED_BYTE, pixels);
	CHECK(!glGetError());
	return pixels;
}

static void target_clear(const struct target *target, const uint8_t rgba[4])
{
	glBindFramebuffer(GL_FRAMEBUFFER, target->fbo);
	glViewport(0, 0, target->width, target->height);
	glClearColor(rgba[0] / 255.0f, rgba[1] / 255.0f, rgba[2] / 255.0f,
		     rgba[3] / 255.0f);
	glClear(GL_COLOR_BUFFER_BIT);
}

static void expect_bytes(const char *what, const uint8_t *bytes,
			 const uint8_t *wanted, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != wanted[i])
			die("%s: byte %zu of %zu is %#x, not %#x", what, i,
			    size, bytes[i], wanted[i]);
}

static void expect_color(const char *what, const struct target *target,
			 const uint8_t rgba[4])
{
	size_t size = target_size(target);
	uint8_t *pixels = target_read(target);
	uint8_t *wanted = get(size);

	for (size_t i = 0; i < size; i++)
		wanted[i] = rgba[i % 4];
	expect_bytes(what, pixels, wanted, size);
	free(wanted);
	free(pixels);
}

static void expect_texels(const char *what, const struct target *target,
			  const uint8_t *wanted)
{
	uint8_t *pixels = target_read(target);

	expect_bytes(what, pixels, wanted, target_size(target));
	free(pixels);
}

static void test_clear(int count)
{
	static const int sizes[][2] = {
		{1, 1}, {16, 16}, {17, 33}, {256, 64}, {640, 480}};
	static const uint8_t colors[][4] = {
		{0, 0, 0, 0}, {255, 255, 255, 255}, {51, 102, 153, 204}};

	(void)count;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct target target =
			target_new(sizes[i][0], sizes[i][1], NULL);

		for (size_t j = 0; j < sizeof(colors) / sizeof(*colors); j++) {
			target_clear(&target, colors[j]);
			expect_color("clear", &target, colors[j]);
		}
		target_free(&target);
	}
}

static GLuint shader_new(GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);
	GLint good;

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
	CHECK(good);
	return shader;
}

/* A program that draws textured triangles, made the current one. */
static GLuint program_new(void)
{
	GLuint program = glCreateProgram();
	GLint good;

	glAttachShader(program,
		       shader_new(GL_VERTEX_SHADER,
				  "attribute vec4 at; varying vec2 uv;\n"
				  "void main() { gl_Position = at;\n"
				  "uv = at.xy * 0.5 + 0.5; }\n"));
	glAttachShader(program,
		       shader_new(GL_FRAGMENT_SHADER,
				  "precision mediump float;\n"
				  "varying vec2 uv; uniform sampler2D from;\n"
				  "void main() {\n"
				  "gl_FragColor = texture2D(from, uv); }\n"));
	glBindAttribLocation(program, 0, "at");
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &good);
	CHECK(good);
	glUseProgram(program);
	glUniform1i(glGetUniformLocation(program, "from"), 0);
	return program;
}

/* What a picture is drawn from: vertices in a buffer, and a texture. */
struct scene {
	GLuint program;
	GLuint buffer;
	struct target source;
	float vertices[64][4];
};

static void scene_new(struct scene *scene)
{
	uint8_t texels[4 * 64 * 64];

	scene->program = program_new();
	for (int i = 0; i < 64; i++) {
		scene->vertices[i][0] = i % 8 / 4.0f - 1;
		scene->vertices[i][1] = (float)i / 32.0f - 1;
		scene->vertices[i][2] = 0;
		scene->vertices[i][3] = 1;
	}
	fill(texels, sizeof(texels), 7);
	scene->source = target_new(64, 64, texels);
	glGenBuffers(1, &scene->buffer);
	glBindBuffer(GL_ARRAY_BUFFER, scene->buffer);
	glBufferData(GL_ARRAY_BUFFER, sizeof(scene->vertices), scene->vertices,
		     GL_DYNAMIC_DRAW);
	CHECK(!glGetError());
}

static void scene_free(struct scene *scene)
{
	glDeleteBuffers(1, &scene->buffer);
	target_free(&scene->source);
	glDeleteProgram(scene->program);
}

/* The picture of @scene in @target. Owned. */
static uint8_t *scene_draw(const struct scene *scene,
			   const struct target *target)
{
	static const uint8_t black[4];

	target_clear(target, black);
	glBindTexture(GL_TEXTURE_2D, scene->source.texture);
	glBindBuffer(GL_ARRAY_BUFFER, scene->buffer);
	glVertexAttribPointer(0, 4, GL_FLOAT, GL_FALSE, 0, NULL);
	glEnableVertexAttribArray(0);
	glDrawArrays(GL_TRIANGLES, 0, 63);
	glFinish();
	return target_read(target);
}

static void test_draw(int count)
{
	struct target target = target_new(128, 128, NULL);
	uint8_t *clear = calloc(1, target_size(&target));
	struct scene scene;
	uint8_t *first, *again;

	CHECK(clear);
	scene_new(&scene);
	first = scene_draw(&scene, &target);
	if (!memcmp(first, clear, target_size(&target)))
		die("the draw left the clear color");
	for (int i = 0; i < count; i++) {
		again = scene_draw(&scene, &target);
		expect_bytes("the same picture", again, first,
			     target_size(&target));
		free(again);
	}
	free(clear);
	free(first);
	scene_free(&scene);
	target_free(&target);
}

static void test_texture(int count)
{
	enum { WIDTH = 200, HEIGHT = 120, PART = 40 };
	uint8_t *texels = get(4 * WIDTH * HEIGHT);
	uint8_t *part = get(4 * PART * PART);

	for (int i = 0; i < count; i++) {
		struct target target;

		fill(texels, 4 * WIDTH * HEIGHT, i);
		target = target_new(WIDTH, HEIGHT, texels);
		expect_texels("upload", &target, texels);
		fill(part, 4 * PART * PART, ~i);
		glTexSubImage2D(GL_TEXTURE_2D, 0, 3 * i, i, PART, PART, GL_RGBA,
				GL_UNSIGNED_BYTE, part);
		for (int y = 0; y < PART; y++)
			memcpy(texels + 4 * ((y + i) * WIDTH + 3 * i),
			       part + 4 * y * PART, 4 * PART);
		expect_texels("update", &target, texels);
		target_free(&target);
	}
	free(part);
	free(texels);
}

static void test_buffer(int count)
{
	struct target target = target_new(128, 128, NULL);
	size_t size = target_size(&target);
	struct scene scene;
	uint8_t *first, *other, *back;

	scene_new(&scene);
	first = scene_draw(&scene, &target);
	for (int i = 0; i < count; i++) {
		float moved[4] = {0.25f, 0.5f, 0, 1.0f + i};
		int which = 7 * i % 63;

		glBufferSubData(GL_ARRAY_BUFFER, which * sizeof(moved),
				sizeof(moved), moved);
		other = scene_draw(&scene, &target);
		if (!memcmp(first, other, size))
			die("vertex %d changed, but not the picture", which);
		glBufferSubData(GL_ARRAY_BUFFER, which * sizeof(moved),
				sizeof(moved), scene.vertices[which]);
		back = scene_draw(&scene, &target);
		expect_bytes("the first picture again", back, first, size);
		free(other);
		free(back);
	}
	free(first);
	scene_free(&scene);
	target_free(&target);
}

#define GBM_WIDTH 96
#define GBM_HEIGHT 64

/* A BO of GBM, linear. Owned. */
static struct gbm_bo *bo_new(int width, int height)
{
	struct gbm_bo *bo =
		gbm_bo_create(gbm, width, height, GBM_FORMAT_ABGR8888,
			      GBM_BO_USE_RENDERING | GBM_BO_USE_LINEAR);

	CHECK(bo);
	return bo;
}

/* A picture in @bo, which another driver might have sent as a dma-buf. *@image is owned. */
static struct target target_of(struct gbm_bo *bo, EGLImageKHR *image)
{
	PFNEGLCREATEIMAGEKHRPROC create =
		(PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress(
			"eglCreateImageKHR");
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC bind =
		(PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress(
			"glEGLImageTargetTexture2DOES");
	int dmabuf = gbm_bo_get_fd(bo);
	const EGLint attribs[] = {EGL_WIDTH,
				  GBM_WIDTH,
				  EGL_HEIGHT,
				  GBM_HEIGHT,
				  EGL_LINUX_DRM_FOURCC_EXT,
				  GBM_FORMAT_ABGR8888,
				  EGL_DMA_BUF_PLANE0_FD_EXT,
				  dmabuf,
				  EGL_DMA_BUF_PLANE0_OFFSET_EXT,
				  0,
				  EGL_DMA_BUF_PLANE0_PITCH_EXT,
				  (EGLint)gbm_bo_get_stride(bo),
				  EGL_NONE};
	struct target target = {.width = GBM_WIDTH, .height = GBM_HEIGHT};

	CHECK(create && bind && dmabuf >= 0);
	*image = create(display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
			attribs);
	CHECK(*image != EGL_NO_IMAGE_KHR);
	close(dmabuf);
	glGenTextures(1, &target.texture);
	glBindTexture(GL_TEXTURE_2D, target.texture);
	bind(GL_TEXTURE_2D, *image);
	target_attach(&target);
	return target;
}

/* What the CPU sees in @bo, or writes into it, for each line. */
static void gbm_lines(struct gbm_bo *bo, bool write, uint8_t *line)
{
	uint32_t stride;
	void *cookie = NULL;
	uint8_t *map =
		gbm_bo_map(bo, 0, 0, GBM_WIDTH, GBM_HEIGHT,
			   write ? GBM_BO_TRANSFER_WRITE : GBM_BO_TRANSFER_READ,
			   &stride, &cookie);

	CHECK(map);
	for (int y = 0; y < GBM_HEIGHT; y++) {
		if (write)
			memcpy(map + y * stride, line, 4 * GBM_WIDTH);
		else
			expect_bytes("what the GPU wrote", map + y * stride,
				     line, 4 * GBM_WIDTH);
	}
	gbm_bo_unmap(bo, cookie);
}

static void test_gbm(int count)
{
	static const uint8_t color[4] = {10, 20, 30, 40};
	PFNEGLDESTROYIMAGEKHRPROC destroy =
		(PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress(
			"eglDestroyImageKHR");
	uint8_t line[4 * GBM_WIDTH];

	CHECK(destroy);
	for (int i = 0; i < count; i++) {
		struct gbm_bo *bo = bo_new(GBM_WIDTH, GBM_HEIGHT);
		struct target target;
		EGLImageKHR image;
		uint8_t *pixels;

		fill(line, sizeof(line), i);
		gbm_lines(bo, true, line);
		target = target_of(bo, &image);
		pixels = target_read(&target);
		for (int y = 0; y < GBM_HEIGHT; y++)
			expect_bytes("what the CPU wrote",
				     pixels + y * sizeof(line), line,
				     sizeof(line));
		free(pixels);
		target_clear(&target, color);
		glFinish();
		for (size_t k = 0; k < sizeof(line); k++)
			line[k] = color[k % 4];
		gbm_lines(bo, false, line);
		target_free(&target);
		destroy(display, image);
		gbm_bo_destroy(bo);
	}
}

static void color_of(int i, uint8_t rgba[4])
{
	fill(rgba, 4, 1000 + i);
}

static void test_keep(int count)
{
	enum { WIDTH = 256, HEIGHT = 256, ROUNDS = 6 };
	uint8_t *texels = get(4 * WIDTH * HEIGHT);
	struct target *textures = get(count * sizeof(*textures));
	struct target *targets = get(count * sizeof(*targets));
	struct gbm_bo *bo = bo_new(WIDTH, HEIGHT);
	uint8_t rgba[4], *mapped;
	void *cookie = NULL;
	uint32_t stride;

	/* It stays mapped, so that nobody but the kernel has its content. */
	mapped = gbm_bo_map(bo, 0, 0, WIDTH, HEIGHT, GBM_BO_TRANSFER_READ_WRITE,
			    &stride, &cookie);
	CHECK(mapped && stride >= 4 * WIDTH);
	for (int y = 0; y < HEIGHT; y++)
		fill(mapped + y * stride, 4 * WIDTH, y);
	for (int i = 0; i < count; i++) {
		fill(texels, 4 * WIDTH * HEIGHT, i);
		textures[i] = target_new(WIDTH, HEIGHT, texels);
		targets[i] = target_new(WIDTH, HEIGHT, NULL);
		color_of(i, rgba);
		target_clear(&targets[i], rgba);
	}
	for (int round = 0; round < ROUNDS; round++) {
		/* These BOs go to the driver's cache, and come from it. */
		for (int i = 0; i < count; i++) {
			struct target passing = target_new(WIDTH, HEIGHT, NULL);

			color_of(round + i, rgba);
			target_clear(&passing, rgba);
			expect_color("a BO of the cache", &passing, rgba);
			target_free(&passing);
		}
		for (int i = 0; i < count; i++) {
			fill(texels, 4 * WIDTH * HEIGHT, i);
			expect_texels("a kept texture", &textures[i], texels);
			color_of(i, rgba);
			expect_color("a kept target", &targets[i], rgba);
		}
		for (int y = 0; y < HEIGHT; y++) {
			fill(texels, 4 * WIDTH, y);
			expect_bytes("a line of a mapped BO",
				     mapped + y * stride, texels, 4 * WIDTH);
		}
	}
	gbm_bo_unmap(bo, cookie);
	gbm_bo_destroy(bo);
	for (int i = 0; i < count; i++) {
		target_free(&textures[i]);
		target_free(&targets[i]);
	}
	free(targets);
	free(textures);
	free(texels);
}

static const struct {
	const char *name;
	void (*run)(int count);
} subtests[] = {{"clear", test_clear},	   {"draw", test_draw},
		{"texture", test_texture}, {"buffer", test_buffer},
		{"gbm", test_gbm},	   {"keep", test_keep}};
#define SUBTESTS (sizeof(subtests) / sizeof(*subtests))

/* The exit status of a call that makes no sense */
#define INVALID 79

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--list-subtests")) {
		for (size_t i = 0; i < SUBTESTS; i++)
			puts(subtests[i].name);
		return 0;
	}
	if (argc < 4 || strcmp(argv[2], "--run-subtest")) {
		fprintf(stderr, "usage: gl-client DRIVER --run-subtest SUBTEST "
				"[COUNT] | --list-subtests\n");
		return INVALID;
	}
	for (size_t i = 0; i < SUBTESTS; i++) {
		if (strcmp(subtests[i].name, argv[3]))
			continue;
		start_gl(argv[1]);
		subtests[i].run(argc > 4 ? atoi(argv[4]) : 10);
		CHECK(!glGetError());
		printf("%s: good\n", argv[3]);
		return 0;
	}
	fprintf(stderr, "Unknown subtest: %s\n", argv[3]);
	return INVALID;
}
